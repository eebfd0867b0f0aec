using Knative.Xds.Integration.Xds;
using Knative.Xds.Testing;

namespace Knative.Xds.Conformance.Proxyless;

/// <summary>Stock gRPC clients without a gateway, on the server that serves the gateways.</summary>
public sealed class ProxylessTests : IAsyncLifetime
{
    private XdsStack _stack = null!;
    private GrpcEcho _a = null!;
    private GrpcEcho _b = null!;

    public async ValueTask InitializeAsync()
    {
        (_a, _b) = (await GrpcEcho.StartAsync("a"), await GrpcEcho.StartAsync("b"));
        _stack = await XdsStack.StartAsync(options => options.LoadReportInterval = TimeSpan.FromSeconds(1));
        await _stack.ServiceAsync("svc-a", _a.Port);
        await _stack.ServiceAsync("svc-b", _b.Port);
    }

    public async ValueTask DisposeAsync()
    {
        await _stack.DisposeAsync();
        await _a.DisposeAsync();
        await _b.DisposeAsync();
    }

    [Theory]
    [InlineData(StockClient.Node, "split.example.com")]
    [InlineData(StockClient.Python, "split.example.com:80")]
    public async Task Client_ResolvesFollowsWeightsAndRefusesNothing(StockClient kind, string host)
    {
        await _stack.IngressAsync("split", "split.example.com", ("svc-a", 80), ("svc-b", 20));
        await using var client = await ConnectAsync(kind, host);

        var before = await client.CallAsync(500);
        Assert.Empty(before.Errors);
        Assert.InRange(before.Of("b"), 60, 140);

        await _stack.IngressAsync("split", "split.example.com", ("svc-a", 20), ("svc-b", 80));
        await FollowsAsync(client, result => result.Of("b") > 60);
        var after = await client.CallAsync(500);
        Assert.Empty(after.Errors);
        Assert.InRange(after.Of("b"), 360, 440);

        await _stack.IngressAsync("split", "split.example.com", ("svc-a", 100), ("svc-b", 0));
        await FollowsAsync(client, result => result.Of("a") == 100);
        Assert.DoesNotContain((await _stack.AdminAsync("/metrics")).Split('\n'), line => line.StartsWith("kxds_xds_nacks_total{", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(StockClient.Node)]
    [InlineData(StockClient.Python)]
    public async Task Client_ThatAsksBeforeTheHostIsThere_IsAnsweredWhenItComes(StockClient kind)
    {
        await using var client = await ConnectAsync(kind, "late.example.com");

        var calling = client.CallAsync(1);
        await Eventually.TrueAsync(async () => (await _stack.AdminAsync("/debug/gateways")).Contains("late.example.com", StringComparison.Ordinal), XdsStack.Limit);
        await _stack.IngressAsync("late", "late.example.com", ("svc-a", 100));

        var result = await calling;
        Assert.Empty(result.Errors);
        Assert.Equal(1, result.Of("a"));
    }

    [Theory]
    [InlineData(StockClient.Node)]
    [InlineData(StockClient.Python)]
    public async Task Client_WhileTheServerRestarts_GoesOnAndHearsOfChangesAgain(StockClient kind)
    {
        await _stack.IngressAsync("lasting", "lasting.example.com", ("svc-a", 100));
        await using var client = await ConnectAsync(kind, "lasting.example.com");
        Assert.Equal(1, (await client.CallAsync(1)).Of("a"));

        var restarting = _stack.RestartAsync();
        while (!restarting.IsCompleted)
        {
            Assert.Empty((await client.CallAsync(20)).Errors);
        }

        await restarting;
        // A client that was away while its routes changed names a cluster that is gone, whose content the new server never knew.
        await Eventually.TrueAsync(async () => await _stack.MetricAsync("kxds_xds_responses_total{type=\"rds\"}") >= 1, XdsStack.Limit);
        await _stack.IngressAsync("lasting", "lasting.example.com", ("svc-b", 100));
        await FollowsAsync(client, result => result.Of("b") == 100);
    }

    [Theory]
    [InlineData(StockClient.Node)]
    [InlineData(StockClient.Python)]
    public async Task Client_ReportsItsLoad_AsGatewaysDo(StockClient kind)
    {
        await _stack.IngressAsync("load", "load.example.com", ("svc-a", 100));
        await using var client = await ConnectAsync(kind, "load.example.com");

        Assert.Equal(40, (await client.CallAsync(40)).Of("a"));

        const string Sample = "kxds_revision_requests_total{namespace=\"default\",revision=\"svc-a\",port=\"80\",target=\"pods\",result=\"success\"}";
        await Eventually.TrueAsync(async () => await _stack.MetricAsync(Sample) == 40, XdsStack.Limit);
    }

    private Task<ClientProcess> ConnectAsync(StockClient kind, string host) => ClientProcess.StartAsync(kind, host, $"127.0.0.1:{_stack.XdsPort}");

    /// <summary>Calls until a change is seen; no call may fail meanwhile.</summary>
    private static async Task FollowsAsync(ClientProcess client, Func<CallResult, bool> seen) => await Eventually.TrueAsync(
        async () =>
        {
            var result = await client.CallAsync(100);
            Assert.Empty(result.Errors);
            return seen(result);
        },
        XdsStack.Limit);
}
