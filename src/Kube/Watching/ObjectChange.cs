using Knative.Xds.Core.Model;

namespace Knative.Xds.Kube.Watching;

/// <summary>A change of one object in an informer's store.</summary>
/// <param name="Key">The object.</param>
/// <param name="Old">Before; null when it is new.</param>
/// <param name="New">After; null when it is deleted.</param>
public readonly record struct ObjectChange<T>(ObjectKey Key, T? Old, T? New) where T : class;
