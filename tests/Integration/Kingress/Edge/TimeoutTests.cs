using Knative.Xds.Integration.Kingress.Harness;
using Knative.Xds.Integration.Xds;
using Knative.Xds.Testing;

namespace Knative.Xds.Integration.Kingress.Edge;

/// <summary>Streams that nothing is said on, by config-kourier.</summary>
[Collection(ConfiguredGateways.Name)]
public sealed class TimeoutTests(ConfiguredWorld shared)
{
    [Fact]
    public async Task StreamIdleTimeout_SilentBackend_504()
    {
        await using var ns = await shared.NamespaceAsync();
        await ns.BackendAsync("silent", new BackendOptions { Handler = context => new TaskCompletionSource().Task.WaitAsync(context.RequestAborted) });
        await ns.ReadyAsync("i", Spec.External(ns.Host("a"), Spec.All(Spec.To("silent"))));

        using var gateway = await shared.ConfigureAsync(("stream-idle-timeout", "100ms"));

        await Eventually.TrueAsync(async () => await gateway.GetAsync(ns.Host("a")) is { Code: 504, Body: "stream timeout" }, XdsStack.Limit);
    }

    [Fact]
    public async Task StreamIdleTimeout_ClientThatStopsInMidBody_408()
    {
        await using var ns = await shared.NamespaceAsync();
        await ns.BackendAsync("runtime");
        await ns.ReadyAsync("i", Spec.External(ns.Host("a"), Spec.All(Spec.To("runtime"))));
        using var gateway = await shared.ConfigureAsync(("stream-idle-timeout", "100ms"));

        using var connection = await RawHttp.ConnectAsync(gateway.EndPoint, TestContext.Current.CancellationToken);
        await connection.SendAsync("POST / HTTP/1.1", $"Host: {ns.Host("a")}", "Content-Length: 10", "", "half");

        Assert.StartsWith("HTTP/1.1 408 ", await connection.ReadToAsync("\r\n", TestContext.Current.CancellationToken), StringComparison.Ordinal);
    }
}
