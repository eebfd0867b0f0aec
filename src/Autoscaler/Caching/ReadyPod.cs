namespace Knative.Xds.Autoscaler.Caching;

/// <summary>A pod that takes requests.</summary>
/// <param name="Ip">Its address.</param>
/// <param name="Started">When it was started; null when nobody said.</param>
internal readonly record struct ReadyPod(string Ip, DateTimeOffset? Started);
