namespace Knative.Xds.Scenarios.Convergence;

/// <summary>How long one change took, each from the moment at which its write was sent to the API, in ms.</summary>
/// <param name="Written">The API had answered.</param>
/// <param name="Acked">The gateway's ACK had reached the server.</param>
/// <param name="Serving">A request had been answered as the change says.</param>
/// <param name="Ready">A watcher saw the ingress ready at the new generation.</param>
internal readonly record struct ChangeTimes(double Written, double Acked, double Serving, double Ready);
