using k8s.Models;
using Knative.Xds.Core.Wire;
using Knative.Xds.Kube.Api;
using Knative.Xds.Testing;
using Knative.Xds.Testing.Gateways;

namespace Knative.Xds.Integration.Xds;

/// <summary>config-kourier, live, through the real Envoy.</summary>
public sealed class ConfigurationTests(TlsStack stack) : IClassFixture<TlsStack>
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task ConfigKourier_ChangedLive_IsInEffectAndABadValueChangesNothing()
    {
        stack.Need();
        var certificate = TestCertificate.For("fallback.example.com");
        await stack.Server.SecretAsync("fallback", certificate);
        await stack.Server.IngressAsync("configured", new KIngressSpec { Rules = [XdsStack.Rule("svc-a", "ExternalIP", "configured.example.com")] });
        await stack.Server.ConditionAsync("configured", "Ready", "True");
        Assert.Equal("envoy", await ServerHeaderAsync());
        Assert.Null(await TlsStack.HandshakeAsync(stack.ExternalTls, "configured.example.com"));

        await ApplyAsync(new() { ["disable-envoy-server-header"] = "true", ["certs-secret-name"] = "fallback", ["certs-secret-namespace"] = XdsStack.Namespace });
        await Eventually.TrueAsync(async () => await ServerHeaderAsync() == "Kestrel", XdsStack.Limit);
        await Eventually.TrueAsync(async () => await TlsStack.HandshakeAsync(stack.ExternalTls, "configured.example.com") == certificate.Thumbprint, XdsStack.Limit);

        await ApplyAsync(new() { ["disable-envoy-server-header"] = "perhaps" });
        await Eventually.TrueAsync(async () => (await stack.Server.MetricsAsync()).Contains("kxds_configuration_refused{configmap=\"config-kourier\"} 1", StringComparison.Ordinal), XdsStack.Limit);
        Assert.Equal("Kestrel", await ServerHeaderAsync());

        await ApplyAsync([]);
        await Eventually.TrueAsync(async () => await ServerHeaderAsync() == "envoy", XdsStack.Limit);
        await Eventually.TrueAsync(async () => await TlsStack.HandshakeAsync(stack.ExternalTls, "configured.example.com") is null, XdsStack.Limit);
    }

    private Task<V1ConfigMap> ApplyAsync(Dictionary<string, string> data) => stack.Server.Client.ApplyAsync(
        new V1ConfigMap { ApiVersion = "v1", Kind = "ConfigMap", Metadata = new V1ObjectMeta { NamespaceProperty = SystemNames.Namespace, Name = "config-kourier" }, Data = data },
        Cancel);

    private async Task<string?> ServerHeaderAsync()
    {
        // On a connection of its own: those to listeners that have been replaced are cut.
        using var http = new HttpClient(FixedEndPoint.Handler(stack.External));
        using var answer = await http.GetAsync(new Uri("http://configured.example.com/"), Cancel);
        return answer.Headers.TryGetValues("server", out var values) ? values.Single() : null;
    }
}
