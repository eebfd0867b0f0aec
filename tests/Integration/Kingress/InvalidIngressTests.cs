using System.Text.Json.Nodes;
using k8s;
using Knative.Xds.Integration.Kingress.Harness;
using Knative.Xds.Kube.Api;

namespace Knative.Xds.Integration.Kingress;

/// <summary>What no webhook caught: an ingress that breaks a rule says which, and all others are served.</summary>
/// <remarks>Source of the rules: knative/networking pkg/apis/networking/v1alpha1/ingress_validation.go.</remarks>
public sealed class InvalidIngressTests(SharedKingressWorld shared)
{
    private const string Good = """{"hosts":["HOST"],"visibility":"ExternalIP","http":{"paths":[{"splits":[{"serviceNamespace":"NS","serviceName":"runtime","servicePort":80,"percent":100}]}]}}""";

    [Theory]
    [InlineData("spec.rules", """{"httpOption":"Enabled"}""")]
    [InlineData("spec.rules", """{"rules":[],"httpOption":"Enabled"}""")]
    [InlineData("spec.rules[0].http", """{"rules":[{"hosts":["HOST"]}]}""")]
    [InlineData("spec.rules[0].http.paths", """{"rules":[{"hosts":["HOST"],"http":{"paths":[]}}]}""")]
    [InlineData("spec.rules[0].http.paths[0].splits", """{"rules":[{"hosts":["HOST"],"http":{"paths":[{"path":"/x","splits":[]}]}}]}""")]
    [InlineData("spec.rules[0].http.paths[0].splits", """{"rules":[{"hosts":["HOST"],"http":{"paths":[{"splits":[SPLIT40,SPLIT40]}]}}]}""")]
    [InlineData("spec.rules[0].http.paths[0].splits[0].percent", """{"rules":[{"hosts":["HOST"],"http":{"paths":[{"splits":[{"serviceNamespace":"NS","serviceName":"runtime","servicePort":80,"percent":-60},{"serviceNamespace":"NS","serviceName":"runtime","servicePort":80,"percent":160}]}]}}]}""")]
    [InlineData("spec.rules[0].http.paths[0].splits[0].serviceNamespace", """{"rules":[{"hosts":["HOST"],"http":{"paths":[{"splits":[{"serviceNamespace":"default","serviceName":"runtime","servicePort":80}]}]}}]}""")]
    [InlineData("spec.rules[0].http.paths[0].splits[0].serviceName", """{"rules":[{"hosts":["HOST"],"http":{"paths":[{"splits":[{"serviceNamespace":"NS","serviceName":"","servicePort":80}]}]}}]}""")]
    [InlineData("spec.rules[0].http.paths[0].splits[0].servicePort", """{"rules":[{"hosts":["HOST"],"http":{"paths":[{"splits":[{"serviceNamespace":"NS","serviceName":"runtime","servicePort":0}]}]}}]}""")]
    [InlineData("spec.rules[0].http.paths[0].splits[0].serviceName", """{"rules":[{"hosts":["HOST"],"http":{"paths":[{"splits":[{"serviceNamespace":"NS","serviceName":"LONG","servicePort":80}]}]}}]}""")]
    [InlineData("spec.rules[0].http.paths[0].splits[0].servicePort", """{"rules":[{"hosts":["HOST"],"http":{"paths":[{"splits":[{"serviceNamespace":"NS","serviceName":"runtime","servicePort":"LONG"}]}]}}]}""")]
    [InlineData("spec.rules[0].http.paths[0].splits[0].servicePort", """{"rules":[{"hosts":["HOST"],"http":{"paths":[{"splits":[{"serviceNamespace":"NS","serviceName":"runtime","servicePort":65536}]}]}}]}""")]
    [InlineData("spec.rules[0].visibility", """{"rules":[{"hosts":["HOST"],"visibility":"Secret","http":{"paths":[{"splits":[SPLIT100]}]}}]}""")]
    [InlineData("spec.tls[0].secretName", """{"tls":[{"hosts":["HOST"],"secretNamespace":"NS"}],"rules":[RULE]}""")]
    [InlineData("spec.httpOption", """{"httpOption":"Sometimes","rules":[RULE]}""")]
    [InlineData("spec.rules[0].http.paths[0].path", """{"rules":[{"hosts":["HOST"],"http":{"paths":[{"path":"no-slash","splits":[SPLIT100]}]}}]}""")]
    [InlineData("spec.rules[0].http.paths[0].appendHeaders", """{"rules":[{"hosts":["HOST"],"http":{"paths":[{"appendHeaders":{"not a name":"x"},"splits":[SPLIT100]}]}}]}""")]
    [InlineData("spec.rules[0].http.paths[0].headers", """{"rules":[{"hosts":["HOST"],"http":{"paths":[{"headers":{"not a name":{"exact":"x"}},"splits":[SPLIT100]}]}}]}""")]
    [InlineData("spec.rules[0].hosts[0]", """{"rules":[{"hosts":["not a host"],"http":{"paths":[{"splits":[SPLIT100]}]}}]}""")]
    [InlineData("spec.rules[0].http.paths[0].rewriteHost", """{"rules":[{"hosts":["HOST"],"http":{"paths":[{"rewriteHost":"not a host","splits":[SPLIT100]}]}}]}""")]
    public async Task BrokenRule_TheConditionNamesTheField_AndTheLastGoodVersionStays(string field, string spec)
    {
        await using var ns = await shared.NamespaceAsync();
        await ns.BackendAsync("runtime");
        await ns.ReadyAsync("broken", Spec.External(ns.Host("broken"), Spec.All(Spec.To("runtime"))));
        await ns.ReadyAsync("neighbour", Spec.External(ns.Host("neighbour"), Spec.All(Spec.To("runtime"))));

        await ApplyAsync(ns, Read(ns, "broken", spec));
        var condition = await ns.ConditionAsync("broken", "Ready", "False");

        Assert.Contains(field, condition.Message, StringComparison.Ordinal);
        Assert.Equal(200, (await ns.External.GetAsync(ns.Host("broken"))).Code);
        Assert.Equal(200, (await ns.External.GetAsync(ns.Host("neighbour"))).Code);

        await ApplyAsync(ns, Read(ns, "broken", """{"rules":[RULE]}""").Replace("\"splits\"", "\"appendHeaders\":{\"Version\":\"mended\"},\"splits\"", StringComparison.Ordinal));
        await ns.ReadyAsync("broken");
        Assert.Equal("mended", (await ns.External.GetAsync(ns.Host("broken"))).Seen["Version"]);
    }

    private static string Read(TestNamespace ns, string name, string spec) => spec
        .Replace("RULE", Good, StringComparison.Ordinal)
        .Replace("SPLIT100", """{"serviceNamespace":"NS","serviceName":"runtime","servicePort":80,"percent":100}""", StringComparison.Ordinal)
        .Replace("SPLIT40", """{"serviceNamespace":"NS","serviceName":"runtime","servicePort":80,"percent":40}""", StringComparison.Ordinal)
        .Replace("LONG", new string('a', 2_000), StringComparison.Ordinal)
        .Replace("HOST", ns.Host(name), StringComparison.Ordinal)
        .Replace("NS", ns.Name, StringComparison.Ordinal);

    private static async Task ApplyAsync(TestNamespace ns, string spec)
    {
        var current = (await ns.FindAsync("broken"))!;
        current.Metadata.ManagedFields = null;
        var changed = JsonNode.Parse(KubernetesJson.Serialize(current))!;
        changed["spec"] = JsonNode.Parse(spec);
        await ns.Api.ReplaceAsync(KubernetesJson.Deserialize<KIngress>(changed.ToJsonString()), CancellationToken.None);
    }
}
