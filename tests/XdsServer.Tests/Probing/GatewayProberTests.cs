using System.Net;
using System.Text;
using System.Text.Json;
using Knative.Xds.Core.Model;
using Knative.Xds.Testing;
using Knative.Xds.XdsServer.Fleets;
using Knative.Xds.XdsServer.Probing;
using Knative.Xds.XdsServer.Reporting;
using Knative.Xds.XdsServer.Watching;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Prometheus;
using ITimer = System.Threading.ITimer;

namespace Knative.Xds.XdsServer.Tests.Probing;

public sealed class GatewayProberTests
{
    private static readonly ObjectKey Ingress = new("ns", "a");

    [Fact]
    public async Task OnlyAnotherFleetHasGateways_AreLookedForLessAndLessOften()
    {
        var cancel = TestContext.Current.CancellationToken;
        using var api = new ListedApi();
        using var client = KubeClients.Through(api, new Uri("http://api.invalid"));
        var (time, options) = (new CountingTime(), new XdsServerOptions { ProbeGateways = true });
        var fleets = new FleetDirectory(
        [
            new FleetOptions { Name = "empty", IngressClasses = ["c"], PrivateAddress = "nobody.gateways.svc" },
            new FleetOptions { Name = "another", IngressClasses = ["d"], PrivateAddress = "somebody.gateways.svc" },
        ]);
        var informers = new ClusterInformers(client, time, NullLogger<ClusterInformers>.Instance);
        using var secrets = new ReferencedSecrets(client, time, NullLogger<ReferencedSecrets>.Instance);
        using var prober = new GatewayProber(informers, secrets, fleets, options, new XdsMetrics(Metrics.WithCustomRegistry(Metrics.NewCustomRegistry())), time);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        var watching = informers.RunAsync(stop.Token);
        await informers.Synced.WaitAsync(cancel);
        await prober.StartAsync(cancel);
        var again = 0;

        Assert.Equal(GatewayState.Waiting, prober.Weigh(Ingress, new IngressVerdict { Generation = 1, Gateways = GatewayState.Taken }, _ => Interlocked.Increment(ref again)).Gateways);
        var begun = time.Armed;
        await Eventually.TrueAsync(() =>
        {
            time.Advance(TimeSpan.FromMilliseconds(100));
            return time.Armed >= begun + 3 || Volatile.Read(ref again) > 0;
        });

        Assert.Equal(0, again);
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => watching);
        await prober.StopAsync(cancel);
    }

    /// <summary>Counts how often a timer is set to a time.</summary>
    private sealed class CountingTime : FakeTimeProvider
    {
        private int _armed;

        public int Armed => Volatile.Read(ref _armed);

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) => new Timer(this, base.CreateTimer(callback, state, dueTime, period));

        private sealed class Timer(CountingTime time, ITimer inner) : ITimer
        {
            public bool Change(TimeSpan dueTime, TimeSpan period)
            {
                Interlocked.Increment(ref time._armed);
                return inner.Change(dueTime, period);
            }

            public void Dispose() => inner.Dispose();

            public ValueTask DisposeAsync() => inner.DisposeAsync();
        }
    }

    /// <summary>An API with one ingress, and a gateway of one Service; its watches are silent.</summary>
    private sealed class ListedApi : HttpMessageHandler
    {
        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            if (request.RequestUri!.Query.Contains("watch=", StringComparison.Ordinal))
            {
                return await new TaskCompletionSource<HttpResponseMessage>().Task.WaitAsync(cancellationToken);
            }

            object[] items = request.RequestUri.AbsolutePath.Split('/')[^1] switch
            {
                "ingresses" => [new
                {
                    metadata = new { name = "a", @namespace = "ns", uid = "1", resourceVersion = "1", generation = 1, annotations = new Dictionary<string, string> { ["networking.knative.dev/ingress.class"] = "c" } },
                    spec = new { rules = new[] { new { hosts = new[] { "a.example.com" }, http = new { paths = new[] { new { splits = new[] { new { serviceNamespace = "ns", serviceName = "svc", servicePort = 80, percent = 100 } } } } } } } },
                }],
                "endpointslices" => [new
                {
                    metadata = new { name = "somebody-1", @namespace = "gateways", uid = "2", resourceVersion = "1", labels = new Dictionary<string, string> { ["kubernetes.io/service-name"] = "somebody" } },
                    addressType = "IPv4",
                    endpoints = new[] { new { addresses = new[] { "10.0.0.1" }, conditions = new { ready = true } } },
                    ports = new[] { new { name = "http", port = 8080 } },
                }],
                _ => [],
            };
            var body = JsonSerializer.Serialize(new { kind = "List", apiVersion = "v1", metadata = new { resourceVersion = "1" }, items });
            return new HttpResponseMessage(HttpStatusCode.OK) { Content = new StringContent(body, Encoding.UTF8, "application/json") };
        }
    }
}
