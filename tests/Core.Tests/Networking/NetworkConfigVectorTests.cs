using System.Text.Json;
using Knative.Xds.Core.Model;
using Knative.Xds.Core.Networking;
using Knative.Xds.Kube.Manifests;
using Knative.Xds.Testing;

namespace Knative.Xds.Core.Tests.Networking;

[Trait(Vectors.Trait, Vectors.Category)]
public sealed class NetworkConfigVectorTests
{
    [Fact]
    public void Parse_RecordedConfigMaps_GivesTheSameSettings()
    {
        foreach (var item in VectorCases.OrSkip("config.json", "network"))
        {
            var id = item.Text("id");
            var (config, problem) = NetworkConfigParser.Parse(new ObjectKey("knative-serving", "config-network"), Data.Of(item), text => YamlJson.ParseAll(text) is [var first, ..] ? first : null);

            Assert.Equal((id, item.GetProperty("ok").GetBoolean()), (id, problem is null));
            if (config is not null)
            {
                Assert.Equal($"{id} {Data.Sorted(item.GetProperty("parsed"))}", $"{id} {Data.Sorted(JsonSerializer.SerializeToElement(Upstream(config)))}");
            }
        }
    }

    private static object Upstream(NetworkConfig config) => new
    {
        autoTls = config.ExternalDomainTls,
        autocreateClusterDomainClaims = config.AutocreateClusterDomainClaims,
        clusterLocalDomainTls = config.ClusterLocalDomainTls ? "enabled" : "disabled",
        defaultCertificateClass = config.CertificateClass,
        defaultExternalScheme = config.DefaultExternalScheme,
        defaultIngressClass = config.IngressClass,
        domainTemplate = config.DomainTemplate,
        enableMeshPodAddressability = config.EnableMeshPodAddressability,
        externalDomainTls = config.ExternalDomainTls,
        httpProtocol = Data.Lower<HttpProtocol>(config.HttpProtocol),
        internalEncryption = config.SystemInternalTls,
        meshCompatibilityMode = Data.Lower<MeshCompatibilityMode>(config.MeshCompatibilityMode),
        namespaceWildcardCertSelector = config.NamespaceWildcardCertSelector is { } selector ? Selector(selector) : null,
        rolloutDurationSecs = config.RolloutDurationSeconds,
        systemInternalTls = config.SystemInternalTls ? "enabled" : "disabled",
        tagTemplate = config.TagTemplate,
    };

    private static Dictionary<string, object> Selector(LabelSelector selector)
    {
        var json = new Dictionary<string, object>();
        if (!selector.MatchLabels.IsEmpty)
        {
            json["matchLabels"] = selector.MatchLabels;
        }

        if (!selector.MatchExpressions.IsEmpty)
        {
            json["matchExpressions"] = selector.MatchExpressions.Select(requirement => new { key = requirement.Key, @operator = requirement.Operator, values = requirement.Values });
        }

        return json;
    }
}
