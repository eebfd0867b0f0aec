using System.Globalization;
using k8s.Models;
using Knative.Xds.Core.Wire;
using Knative.Xds.Kube.Api;
using Knative.Xds.Testing;

namespace Knative.Xds.Integration.Xds;

/// <summary>How often ingresses and gateways are translated.</summary>
public sealed class TranslationCountTests
{
    // More than are worth threads.
    private const int Ingresses = 80;
    private const string OfIngresses = "kxds_ingress_translations_total";
    private const string OfGateways = "kxds_gateway_translations_total";

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Start_EachIngressHasACertificate_EachIsTranslatedOnceAndGatewaysOnce(bool isLabelled)
    {
        var certificate = TestCertificate.For("*.example.com");
        await using var stack = await XdsStack.StartAsync();
        await stack.ServiceAsync("svc", 9000);
        for (var i = 0; i < Ingresses; i++)
        {
            await stack.SecretAsync($"s{i}", certificate, isLabelled);
            await stack.IngressAsync($"i{i}", Secured($"s{i}", $"h{i}.example.com"));
        }

        await stack.RestartAsync();
        // Behind all that the start has to say.
        await stack.IngressAsync("last", "last.example.com", ("svc", 100));
        await stack.ConditionAsync("last", "LoadBalancerReady", "Unknown");

        Assert.Equal((Ingresses + 1, 1), await CountsAsync(stack));

        await stack.SecretAsync("s0", TestCertificate.For("*.example.com"), isLabelled);
        await Eventually.TrueAsync(async () => await CountsAsync(stack) == (Ingresses + 2, 1), XdsStack.Limit);
    }

    [Fact]
    public async Task DefaultCertificate_Replaced_GatewaysAreTranslatedAgain()
    {
        await using var stack = await XdsStack.StartAsync(options => options.ExternalTlsListen = "127.0.0.1:8443");
        await stack.ServiceAsync("svc", 9000);
        await stack.SecretAsync("default", TestCertificate.For("*.example.com"));
        await stack.IngressAsync("a", "a.example.com", ("svc", 100));
        await stack.Client.ApplyAsync(
            new V1ConfigMap
            {
                ApiVersion = "v1",
                Kind = "ConfigMap",
                Metadata = new V1ObjectMeta { NamespaceProperty = SystemNames.Namespace, Name = SystemNames.ConfigKourier },
                Data = new Dictionary<string, string> { ["certs-secret-name"] = "default", ["certs-secret-namespace"] = XdsStack.Namespace },
            },
            CancellationToken.None);
        await Eventually.TrueAsync(async () => await stack.MetricAsync("kxds_xds_resources{type=\"sds\",fleet=\"default\"}") > 0, XdsStack.Limit);
        var (_, before) = await CountsAsync(stack);

        await stack.SecretAsync("default", TestCertificate.For("*.example.com"));

        await Eventually.TrueAsync(async () => (await CountsAsync(stack)).Gateways == before + 1, XdsStack.Limit);
    }

    private static async Task<(int Ingresses, int Gateways)> CountsAsync(XdsStack stack)
    {
        var samples = (await stack.MetricsAsync()).Split('\n').Where(line => line.StartsWith("kxds_", StringComparison.Ordinal)).ToDictionary(line => line[..line.LastIndexOf(' ')], line => line[(line.LastIndexOf(' ') + 1)..]);
        return (Of(OfIngresses), Of(OfGateways));

        int Of(string name) => int.Parse(samples[name], CultureInfo.InvariantCulture);
    }

    private static KIngressSpec Secured(string secret, string host) => new()
    {
        Tls = [new KIngressTls { Hosts = [host], SecretName = secret, SecretNamespace = XdsStack.Namespace }],
        Rules = [XdsStack.Rule("svc", "ExternalIP", host)],
    };
}
