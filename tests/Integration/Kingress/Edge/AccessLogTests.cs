using System.Text.Json;
using Knative.Xds.Integration.Kingress.Harness;
using Knative.Xds.Integration.Xds;
using Knative.Xds.Testing;

namespace Knative.Xds.Integration.Kingress.Edge;

/// <summary>Access logs, by config-kourier.</summary>
[Collection(ConfiguredGateways.Name)]
public sealed class AccessLogTests(ConfiguredWorld shared)
{
    [Fact]
    public async Task TextTemplate_IsUsedAsItStands()
    {
        await using var ns = await shared.NamespaceAsync();
        await IngressAsync(ns);
        using var gateway = await shared.ConfigureAsync(("enable-service-access-logging", "true"), ("service-access-log-template", "MARK code=%RESPONSE_CODE% host=%REQ(:AUTHORITY)% 100%%\n"));

        await Eventually.TrueAsync(async () => (await gateway.GetAsync(ns.Host("a"))).Code == 200, XdsStack.Limit);

        Assert.EndsWith($" code=200 host={ns.Host("a")} 100%", await shared.LogLineAsync($"host={ns.Host("a")}"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task JsonTemplate_GivesOneObjectALine()
    {
        await using var ns = await shared.NamespaceAsync();
        await IngressAsync(ns);
        using var gateway = await shared.ConfigureAsync(
            ("enable-service-access-logging", "true"), ("service-access-log-template", """{"mark": "MARK", "code": "%RESPONSE_CODE%", "request": {"host": "%REQ(:AUTHORITY)%", "path": "%REQ(:PATH)%"}}"""));

        await Eventually.TrueAsync(async () => (await gateway.GetAsync(ns.Host("a"), "/with\"quote")).Code == 200, XdsStack.Limit);

        using var line = JsonDocument.Parse(await shared.LogLineAsync($"\"host\":\"{ns.Host("a")}\""));
        Assert.Equal(200, line.RootElement.GetProperty("code").GetInt32());
        Assert.Equal(ns.Host("a"), line.RootElement.GetProperty("request").GetProperty("host").GetString());
    }

    [Fact]
    public async Task NoTemplate_EnvoysOwnLineIsWritten()
    {
        await using var ns = await shared.NamespaceAsync();
        await IngressAsync(ns);
        using var gateway = await shared.ConfigureAsync();
        await shared.KourierAsync(("enable-service-access-logging", "true"));

        await Eventually.TrueAsync(
            async () =>
            {
                await ServerAsync(gateway, ns);
                return File.Exists(shared.AccessLog) && (await File.ReadAllTextAsync(shared.AccessLog)).Contains("] \"GET / HTTP/1.1\" 200 ", StringComparison.Ordinal);
            },
            XdsStack.Limit);
    }

    [Fact]
    public async Task TurnedOff_NothingIsWritten()
    {
        await using var ns = await shared.NamespaceAsync();
        await IngressAsync(ns);
        // A listener without a log has no mark of its own: another key tells that it is there.
        using var gateway = await shared.ConfigureAsync();
        await Eventually.TrueAsync(async () => (await ServerAsync(gateway, ns)) == "envoy", XdsStack.Limit);
        await shared.KourierAsync(("enable-service-access-logging", "false"), ("disable-envoy-server-header", "true"));
        await Eventually.TrueAsync(async () => (await ServerAsync(gateway, ns)) == "Kestrel", XdsStack.Limit);

        using var after = new GatewayClient($"{gateway.EndPoint}");
        Assert.Equal(200, (await after.GetAsync(ns.Host("a"), "/silent")).Code);
        using var marked = await shared.ConfigureAsync(("service-access-log-template", "MARK path=%REQ(:PATH)%\n"));
        await Eventually.TrueAsync(async () => (await marked.GetAsync(ns.Host("a"), "/spoken")).Code == 200, XdsStack.Limit);

        await shared.LogLineAsync("path=/spoken");
        Assert.DoesNotContain("/silent", await File.ReadAllTextAsync(shared.AccessLog, TestContext.Current.CancellationToken), StringComparison.Ordinal);
    }

    [Fact]
    public async Task TemplateThatEnvoyWouldRefuse_IsRefusedBeforeItGetsThere()
    {
        await using var ns = await shared.NamespaceAsync();
        await IngressAsync(ns);
        using var gateway = await shared.ConfigureAsync();

        await shared.KourierAsync(("service-access-log-template", "%NO_SUCH_THING"));
        await Eventually.TrueAsync(async () => await shared.World.Server.MetricAsync("kxds_configuration_refused{configmap=\"config-kourier\"}") == 1, XdsStack.Limit);

        Assert.Equal(200, (await gateway.GetAsync(ns.Host("a"))).Code);
        Assert.Equal(0, await shared.World.Server.MetricAsync("kxds_xds_nacks_total{type=\"lds\"}") ?? 0);
    }

    private static async Task<string?> ServerAsync(GatewayClient gateway, TestNamespace ns)
    {
        // On a connection of its own: those to listeners that have been replaced are drained.
        using var fresh = new GatewayClient($"{gateway.EndPoint}");
        return (await fresh.GetAsync(ns.Host("a")))["server"];
    }

    private static async Task IngressAsync(TestNamespace ns)
    {
        await ns.BackendAsync("runtime");
        await ns.ReadyAsync("i", Spec.External(ns.Host("a"), Spec.All(Spec.To("runtime"))));
    }
}
