using Knative.Xds.Core.Hashing;

namespace Knative.Xds.Core.Injection;

/// <summary>Names of the objects that a revision brings about.</summary>
/// <remarks>Source: knative/serving pkg/reconciler/revision/resources/names.</remarks>
public static class RevisionNames
{
    private const string ImageCacheSuffix = "-cache";

    /// <summary>Its Deployment.</summary>
    public static string Deployment(string revision) => ChildName.Of(revision, ChildName.DeploymentSuffix);

    /// <summary>Its image cache.</summary>
    public static string ImageCache(string revision) => ChildName.Of(revision, ImageCacheSuffix);

    /// <summary>Its PodAutoscaler.</summary>
    public static string PodAutoscaler(string revision) => revision;
}
