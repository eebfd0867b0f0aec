namespace Knative.Xds.Autoscaler.Caching;

/// <summary>Pods of a revision by what they are good for.</summary>
internal readonly record struct PodCounts(int Ready, int NotReady, int Pending, int Terminating);
