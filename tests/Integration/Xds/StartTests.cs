using System.Globalization;
using Knative.Xds.Kube.Api;
using Knative.Xds.Testing;

namespace Knative.Xds.Integration.Xds;

/// <summary>What a server does until it serves.</summary>
public sealed class StartTests
{
    [Fact]
    public async Task Start_WithIngressesThere_TranslatesEachOnce()
    {
        await using var stack = await XdsStack.StartAsync();
        await stack.ServiceAsync("svc", 9000);
        for (var i = 0; i < 80; i++)
        {
            await stack.IngressAsync(string.Create(CultureInfo.InvariantCulture, $"i{i}"), string.Create(CultureInfo.InvariantCulture, $"i{i}.example.com"), ("svc", 100));
        }

        await stack.ConditionAsync("i79", "Ready", "Unknown", "Uninitialized");
        await stack.RestartAsync();

        // What the first lists said would have been taken before this one.
        await stack.IngressAsync("later", "later.example.com", ("svc", 100));
        await stack.ConditionAsync("later", "Ready", "Unknown", "Uninitialized");
        Assert.Equal(81, await stack.MetricAsync("kxds_ingress_translations_total"));
    }

    [Fact]
    public async Task Start_WithCertificatesThere_TranslatesEachOnceAndServesThemAtOnce()
    {
        await using var stack = await XdsStack.StartAsync();
        await stack.ServiceAsync("svc", 9000);
        await stack.SecretAsync("tls", TestCertificate.For("*.example.com"));
        for (var i = 0; i < 5; i++)
        {
            var host = string.Create(CultureInfo.InvariantCulture, $"i{i}.example.com");
            await stack.IngressAsync(string.Create(CultureInfo.InvariantCulture, $"i{i}"), new KIngressSpec
            {
                Rules = [XdsStack.Rule("svc", "ExternalIP", host)],
                Tls = [new KIngressTls { Hosts = [host], SecretName = i == 4 ? "missing" : "tls", SecretNamespace = "default" }],
            });
        }

        await stack.ConditionAsync("i4", "Ready", "False", "CertificateUnavailable");
        await stack.RestartAsync();

        Assert.Equal(4, await stack.MetricAsync("kxds_xds_resources{type=\"sds\",fleet=\"default\"}"));
        Assert.Equal(5, await stack.MetricAsync("kxds_ingress_translations_total"));
    }
}
