using System.Collections.Immutable;
using Knative.Xds.Core.Configuration;
using Knative.Xds.Core.Model;
using Knative.Xds.Testing;

namespace Knative.Xds.Core.Tests.Configuration;

[Trait(Vectors.Trait, Vectors.Category)]
public class ConfigVectorTests
{
    private static readonly ObjectKey Key = new("knative-serving", "config-x");

    [Fact]
    public void Parse_RecordedDefaults_GivesTheSameSettings()
    {
        foreach (var item in VectorCases.OrSkip("config.json", "defaults"))
        {
            var (config, problem) = DefaultsConfigParser.Parse(Key, ConfigVectors.Texts(item.GetProperty("data")));

            ConfigVectors.AssertSame(item, problem, config is null ? null : Describe(config));
        }
    }

    [Fact]
    public void Parse_RecordedFeatures_GivesTheSameFlags()
    {
        foreach (var item in VectorCases.OrSkip("config.json", "features"))
        {
            var config = FeaturesConfigParser.Parse(ConfigVectors.Texts(item.GetProperty("data")));

            ConfigVectors.AssertSame(item, null, Describe(config));
        }
    }

    [Fact]
    public void Choose_RecordedLabels_FindsTheSameRuntimeClass()
    {
        foreach (var item in VectorCases.OrSkip("config.json", "runtimeClass"))
        {
            var classes = item.GetProperty("runtimeClassNames").EnumerateObject().ToDictionary(
                entry => entry.Name, entry => ConfigVectors.Texts(entry.Value).ToImmutableSortedDictionary(StringComparer.Ordinal));

            var result = RuntimeClassRules.Choose(classes, ConfigVectors.Texts(item.GetProperty("labels")));

            Assert.Equal((item.Text("id"), item.Text("result")), (item.Text("id"), result));
        }
    }

    private static Dictionary<string, object?> Describe(DefaultsConfig config) => new()
    {
        ["allowContainerConcurrencyZero"] = config.AllowContainerConcurrencyZero,
        ["containerConcurrency"] = config.ContainerConcurrency,
        ["containerConcurrencyMaxLimit"] = config.ContainerConcurrencyMaxLimit,
        ["enableServiceLinks"] = config.EnableServiceLinks,
        ["maxRevisionTimeoutSeconds"] = config.MaxRevisionTimeoutSeconds,
        ["revisionCpuLimit"] = config.Limits.Cpu,
        ["revisionCpuRequest"] = config.Requests.Cpu,
        ["revisionEphemeralStorageLimit"] = config.Limits.EphemeralStorage,
        ["revisionEphemeralStorageRequest"] = config.Requests.EphemeralStorage,
        ["revisionIdleTimeoutSeconds"] = config.IdleTimeoutSeconds,
        ["revisionMemoryLimit"] = config.Limits.Memory,
        ["revisionMemoryRequest"] = config.Requests.Memory,
        ["revisionResponseStartTimeoutSeconds"] = config.ResponseStartTimeoutSeconds,
        ["revisionTimeoutSeconds"] = config.RevisionTimeoutSeconds,
    };

    private static Dictionary<string, object?> Describe(FeaturesConfig config) => new()
    {
        ["autoDetectHttp2"] = config.AutoDetectHttp2,
        ["multiContainer"] = config.MultiContainer,
        ["multiContainerProbing"] = config.MultiContainerProbing,
        ["podSpecInitContainers"] = config.PodSpecInitContainers,
        ["podSpecVolumesEmptyDir"] = config.PodSpecVolumesEmptyDir,
        ["queueProxyMountPodInfo"] = config.QueueProxyMountPodInfo,
        ["queueProxyResourceDefaults"] = config.QueueProxyResourceDefaults,
        ["securePodDefaults"] = config.SecurePodDefaults,
        ["tagHeaderBasedRouting"] = config.TagHeaderBasedRouting,
    };
}
