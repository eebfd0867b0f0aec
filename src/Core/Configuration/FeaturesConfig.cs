namespace Knative.Xds.Core.Configuration;

/// <summary>Which optional behaviours the cluster has, as far as the data path is concerned; with upstream's defaults.</summary>
/// <remarks>Source: knative/serving pkg/apis/config/features.go.</remarks>
public sealed record FeaturesConfig
{
    /// <value>Several containers in a pod.</value>
    public FeatureFlag MultiContainer { get; init; } = FeatureFlag.Enabled;
    /// <value>Readiness probes of the other containers, run by the sidecar.</value>
    public FeatureFlag MultiContainerProbing { get; init; }
    /// <value>The sidecar finds out whether the user container speaks HTTP/2.</value>
    public FeatureFlag AutoDetectHttp2 { get; init; }
    /// <value>The pod's annotations as a file in the sidecar.</value>
    public FeatureFlag QueueProxyMountPodInfo { get; init; }
    /// <value>The sidecar gets resources where none are configured.</value>
    public FeatureFlag QueueProxyResourceDefaults { get; init; }
    /// <value>Containers get a restricted security context.</value>
    public FeatureFlag SecurePodDefaults { get; init; }
    /// <value>Routing by a tag header.</value>
    public FeatureFlag TagHeaderBasedRouting { get; init; }
    /// <value>Init containers.</value>
    public FeatureFlag PodSpecInitContainers { get; init; }
    /// <value>Volumes of kind emptyDir.</value>
    public FeatureFlag PodSpecVolumesEmptyDir { get; init; } = FeatureFlag.Enabled;
}
