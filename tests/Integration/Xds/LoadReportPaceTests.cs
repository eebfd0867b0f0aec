using Envoy.Config.Core.V3;
using Envoy.Service.LoadStats.V3;
using Grpc.Net.Client;

namespace Knative.Xds.Integration.Xds;

/// <summary>How often a gateway is asked for its load, over a real stream.</summary>
public sealed class LoadReportPaceTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task ClustersCome_GatewayIsToldToReportLessOften()
    {
        // So short that each cluster makes it longer.
        await using var stack = await XdsStack.StartAsync(options => options.LoadReportInterval = TimeSpan.FromMilliseconds(0.5));
        using var channel = GrpcChannel.ForAddress($"http://127.0.0.1:{stack.XdsPort}");
        using var call = new LoadReportingService.LoadReportingServiceClient(channel).StreamLoadStats(cancellationToken: Cancel);

        await call.RequestStream.WriteAsync(new LoadStatsRequest { Node = new Node { Id = "gateway", Cluster = "gateways" } }, Cancel);
        Assert.True(await call.ResponseStream.MoveNext(Cancel));
        var (clusters, first) = (await ClustersAsync(stack), call.ResponseStream.Current);
        Assert.True(first.SendAllClusters);
        Assert.Equal(Math.Max(0.5, 1.5 * clusters), first.LoadReportingInterval.ToTimeSpan().TotalMilliseconds);

        foreach (var name in new[] { "one", "two" })
        {
            await stack.ServiceAsync(name, 9000);
            await stack.IngressAsync(name, $"{name}.example.com", (name, 100));
            await stack.ConditionAsync(name, "LoadBalancerReady", "Unknown");
        }

        await call.RequestStream.WriteAsync(new LoadStatsRequest(), Cancel);
        Assert.True(await call.ResponseStream.MoveNext(Cancel));

        Assert.Equal(1.5 * (clusters + 2), call.ResponseStream.Current.LoadReportingInterval.ToTimeSpan().TotalMilliseconds);
    }

    private static async Task<double> ClustersAsync(XdsStack stack) => await stack.MetricAsync("kxds_xds_resources{type=\"cds\",fleet=\"default\"}") ?? 0;
}
