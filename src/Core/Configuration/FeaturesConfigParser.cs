namespace Knative.Xds.Core.Configuration;

/// <summary>Reads config-features.</summary>
/// <remarks>Errors: none, as upstream: a value that is no flag leaves the default. Source: knative/serving pkg/apis/config/features.go.</remarks>
public static class FeaturesConfigParser
{
    /// <summary>Reads the data of the ConfigMap; unknown keys are ignored.</summary>
    public static FeaturesConfig Parse(IReadOnlyDictionary<string, string> data)
    {
        ArgumentNullException.ThrowIfNull(data);
        var defaults = new FeaturesConfig();
        return new FeaturesConfig
        {
            MultiContainer = Flag(data, "multi-container", defaults.MultiContainer),
            MultiContainerProbing = Flag(data, "multi-container-probing", defaults.MultiContainerProbing),
            AutoDetectHttp2 = Flag(data, "autodetect-http2", defaults.AutoDetectHttp2),
            QueueProxyMountPodInfo = Flag(data, "queueproxy.mount-podinfo", defaults.QueueProxyMountPodInfo),
            QueueProxyResourceDefaults = Flag(data, "queueproxy.resource-defaults", defaults.QueueProxyResourceDefaults),
            SecurePodDefaults = Flag(data, "secure-pod-defaults", defaults.SecurePodDefaults, FeatureFlag.AllowRootBounded),
            TagHeaderBasedRouting = Flag(data, "tag-header-based-routing", defaults.TagHeaderBasedRouting),
            PodSpecInitContainers = Flag(data, "kubernetes.podspec-init-containers", defaults.PodSpecInitContainers),
            PodSpecVolumesEmptyDir = Flag(data, "kubernetes.podspec-volumes-emptydir", defaults.PodSpecVolumesEmptyDir),
        };
    }

    private static FeatureFlag Flag(IReadOnlyDictionary<string, string> data, string key, FeatureFlag fallback, FeatureFlag between = FeatureFlag.Allowed)
    {
        var text = data.GetValueOrDefault(key, "");
        foreach (var flag in (ReadOnlySpan<FeatureFlag>)[FeatureFlag.Disabled, between, FeatureFlag.Enabled])
        {
            if (ConfigTexts.Is(text, Name(flag)))
            {
                return flag;
            }
        }

        return fallback;
    }

    private static string Name(FeatureFlag flag) => flag switch
    {
        FeatureFlag.Enabled => "Enabled",
        FeatureFlag.Allowed => "Allowed",
        FeatureFlag.AllowRootBounded => "AllowRootBounded",
        _ => "Disabled",
    };
}
