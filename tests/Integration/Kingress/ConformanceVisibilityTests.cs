using Knative.Xds.Integration.Kingress.Harness;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Knative.Xds.Integration.Kingress;

/// <summary>Upstream's rows on cluster-local rules: nobody outside reaches them; a pod does, through the private address.</summary>
public sealed class ConformanceVisibilityTests(SharedKingressWorld shared)
{
    [Fact]
    [Conformance("visibility")]
    public async Task ClusterLocalHosts_404OutsideAndAnsweredInside()
    {
        await using var ns = await shared.NamespaceAsync();
        await ns.BackendAsync("runtime");
        string[] hosts = [$"x.{ns.Name}.svc.cluster.local", $"y.{ns.Name}.svc", $"z.{ns.Name}"];
        await ns.ReadyAsync("private", Spec.Local(hosts, Spec.All(Spec.To("runtime"))));

        foreach (var (host, i) in hosts.Select((host, i) => (host, i)))
        {
            var proxy = await ProxyAsync(ns, $"proxy{i}", host);

            Assert.Equal(404, (await ns.External.GetAsync(host)).Code);
            Assert.Equal(host, (await ns.External.GetAsync(proxy)).Seen.Host);
        }
    }

    [Fact]
    [Conformance("visibility/split")]
    public async Task ClusterLocalSplit_EachNearItsShare()
    {
        await using var ns = await shared.NamespaceAsync();
        await Traffic.ServicesAsync(ns, [.. Traffic.Shares.Keys]);
        var host = $"split.{ns.Name}.svc.cluster.local";
        await ns.ReadyAsync("private", Spec.Local([host], Traffic.TenWays));
        var proxy = await ProxyAsync(ns, "proxy", host);

        Assert.Equal(404, (await ns.External.GetAsync(host)).Code);
        Traffic.AssertShares(await ns.External.CountAsync(proxy, 1000, Traffic.Which));
    }

    [Fact]
    [Conformance("visibility/path")]
    public async Task ClusterLocalPaths_EachGoesToItsBackend()
    {
        await using var ns = await shared.NamespaceAsync();
        await Traffic.ServicesAsync(ns, "foo", "bar", "baz", "default");
        var host = $"path.{ns.Name}.svc.cluster.local";
        await ns.ReadyAsync("private", Spec.Local([host], Traffic.FourPaths));
        var proxy = await ProxyAsync(ns, "proxy", host);

        foreach (var target in new[] { "/", "/foo", "/bar", "/baz" })
        {
            Assert.Equal(404, (await ns.External.GetAsync(host, target)).Code);
        }

        await Traffic.AssertPathsAsync(target => ns.External.GetAsync(proxy, target));
    }

    /// <summary>A public host whose backend asks a private host at the local listener.</summary>
    private static async Task<string> ProxyAsync(TestNamespace ns, string name, string target)
    {
        await ns.BackendAsync(name, new BackendOptions { Handler = context => ForwardAsync(ns.Local, target, context) });
        await ns.ReadyAsync(name, Spec.External(ns.Host(name), Spec.All(Spec.To(name))));
        return ns.Host(name);
    }

    private static async Task ForwardAsync(GatewayClient gateway, string host, HttpContext context)
    {
        var answer = await gateway.GetAsync(host, context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget);
        context.Response.StatusCode = answer.Code;
        await context.Response.WriteAsync(answer.Body);
    }
}
