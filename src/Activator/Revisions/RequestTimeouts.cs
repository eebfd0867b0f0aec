namespace Knative.Xds.Activation.Revisions;

/// <summary>Limits on the time of one request; zero means no limit.</summary>
/// <param name="Overall">From arrival to the end of the response.</param>
/// <param name="ResponseStart">From arrival to the first byte of the response.</param>
/// <param name="Idle">Between two writes of the response.</param>
internal sealed record RequestTimeouts(TimeSpan Overall, TimeSpan ResponseStart, TimeSpan Idle);
