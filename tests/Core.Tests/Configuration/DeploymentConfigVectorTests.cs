using Knative.Xds.Core.Configuration;
using Knative.Xds.Core.Model;
using Knative.Xds.Kube.Manifests;
using Knative.Xds.Testing;

namespace Knative.Xds.Core.Tests.Configuration;

[Trait(Vectors.Trait, Vectors.Category)]
public class DeploymentConfigVectorTests
{
    [Fact]
    public void Parse_RecordedConfigMaps_GivesTheSameSettings()
    {
        foreach (var item in VectorCases.OrSkip("config.json", "deployment"))
        {
            var (config, problem) = DeploymentConfigParser.Parse(new ObjectKey("knative-serving", "config-deployment"), ConfigVectors.Texts(item.GetProperty("data")), ConfigYaml.Parse);

            ConfigVectors.AssertSame(item, problem, config is null ? null : Describe(config));
        }
    }

    private static Dictionary<string, object?> Describe(DeploymentConfig config) => new()
    {
        ["defaultAffinityType"] = config.DefaultAffinity == AffinityKind.None ? "none" : "prefer-spread-revision-over-nodes",
        ["digestResolutionTimeoutNs"] = config.DigestResolutionTimeout,
        ["podIsAlwaysSchedulable"] = config.PodIsAlwaysSchedulable,
        ["progressDeadlineNs"] = config.ProgressDeadline,
        ["queueSidecarCpuLimit"] = config.Limits.Cpu,
        ["queueSidecarCpuRequest"] = config.Requests.Cpu,
        ["queueSidecarEphemeralStorageLimit"] = config.Limits.EphemeralStorage,
        ["queueSidecarEphemeralStorageRequest"] = config.Requests.EphemeralStorage,
        ["queueSidecarImage"] = config.QueueSidecarImage,
        ["queueSidecarMemoryLimit"] = config.Limits.Memory,
        ["queueSidecarMemoryRequest"] = config.Requests.Memory,
        ["queueSidecarRootCa"] = config.RootCa,
        ["queueSidecarTlsCipherSuites"] = config.TlsCipherSuites,
        ["queueSidecarTlsCurvePreferences"] = config.TlsCurvePreferences,
        ["queueSidecarTlsMaxVersion"] = config.TlsMaxVersion,
        ["queueSidecarTlsMinVersion"] = config.TlsMinVersion,
        ["queueSidecarTokenAudiencesSorted"] = config.TokenAudiences,
        ["registriesSkippingTagResolvingSorted"] = config.RegistriesSkippingTagResolving,
        ["runtimeClassNames"] = config.RuntimeClasses,
    };
}
