namespace Knative.Xds.Scenarios.Rig;

/// <summary>A change that the API has taken.</summary>
/// <param name="SentAt">Timestamp at which its PUT was sent, whose body was ready by then.</param>
/// <param name="Generation">The ingress's new generation.</param>
internal readonly record struct Flip(long SentAt, long Generation);
