using Envoy.Service.Discovery.V3;
using Grpc.Core;
using Grpc.Net.Client;
using Knative.Xds.Hosting;
using Microsoft.Extensions.Logging;

namespace Knative.Xds.XdsServer.Tests.Streams;

/// <summary>A server whose API does not answer.</summary>
public sealed class NotSyncedTests : IDisposable
{
    private readonly string _kubeconfig = Path.GetTempFileName();

    public void Dispose() => File.Delete(_kubeconfig);

    [Fact]
    public async Task BeforeTheCachesHaveSynced_NoStreamIsAcceptedAndItIsNotReady()
    {
        var cancel = TestContext.Current.CancellationToken;
        await File.WriteAllTextAsync(_kubeconfig, Kubeconfig, cancel);
        await using var app = XdsServerApp.Create(
            new XdsServerOptions { Kubeconfig = _kubeconfig, AdminListen = "127.0.0.1:0", Listen = "127.0.0.1:0" },
            builder => builder.Logging.ClearProviders());
        await app.StartAsync(cancel);
        var ports = app.BoundEndPoints();

        using var channel = GrpcChannel.ForAddress($"http://127.0.0.1:{ports[1].Port}");
        using var call = new AggregatedDiscoveryService.AggregatedDiscoveryServiceClient(channel).DeltaAggregatedResources(cancellationToken: cancel);
        var refusal = await Assert.ThrowsAsync<RpcException>(() => call.ResponseStream.MoveNext(cancel));
        using var http = new HttpClient();
        using var ready = await http.GetAsync(new Uri($"http://127.0.0.1:{ports[0].Port}/readyz"), cancel);

        Assert.Equal(StatusCode.Unavailable, refusal.StatusCode);
        Assert.False(ready.IsSuccessStatusCode);
        Assert.Contains("caches", await ready.Content.ReadAsStringAsync(cancel), StringComparison.Ordinal);
        await app.StopAsync(cancel);
    }

    // Nothing listens on port 1.
    private const string Kubeconfig = """
        apiVersion: v1
        kind: Config
        clusters:
        - name: none
          cluster: { server: "http://127.0.0.1:1" }
        contexts:
        - name: none
          context: { cluster: none, user: none }
        users:
        - name: none
          user: {}
        current-context: none
        """;
}
