namespace Knative.Xds.Sandbox.Composition;

/// <summary>Requests of one revision at one moment.</summary>
/// <param name="InFlight">Being answered.</param>
/// <param name="Waiting">Held by the activator.</param>
public readonly record struct RequestCounts(int InFlight, int Waiting);
