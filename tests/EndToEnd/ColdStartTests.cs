using System.Collections.Concurrent;
using System.Net;
using k8s.Models;
using Knative.Xds.Kube.Client;
using Knative.Xds.Kube.Watching;
using Knative.Xds.Sandbox.Composition;
using Microsoft.Extensions.Logging.Abstractions;

namespace Knative.Xds.EndToEnd;

public sealed class ColdStartTests
{
    private const int Requests = 50;

    [Fact]
    public async Task FiftyFirstRequests_AtARevisionAtZero_AreAllAnsweredAfterOneScaleUp()
    {
        var cancellationToken = TestContext.Current.CancellationToken;
        await using var sandbox = await SandboxFixture.StartAsync(GatewayChoice.Envoy, cancellationToken, slowUser: true);
        await sandbox.WaitUntilReadyAsync();
        await sandbox.WaitForZeroAsync(RunningSandbox.Blue, cancellationToken);
        var scales = new ConcurrentQueue<int>();
        var deployments = new Informer<V1Deployment>(sandbox.System.Client, new ObjectQuery("default"), TimeProvider.System, NullLogger.Instance);
        deployments.OnChange(change => RecordScale(change, scales));
        using var watching = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var watch = deployments.RunAsync(watching.Token);
        await deployments.Synced;
        using var client = sandbox.CreateClient();

        var answers = await Task.WhenAll(Enumerable.Range(0, Requests).Select(_ => AskAsync(client, cancellationToken)));

        Assert.All(answers, answer => Assert.Equal((HttpStatusCode.OK, RunningSandbox.Blue), answer));
        Assert.Equal([1], scales);
        // A request that came before the user container listened would show as a 502 here.
        var invocations = (await sandbox.QueueMetricsAsync(RunningSandbox.Blue, cancellationToken)).Split('\n')
            .Where(line => line.StartsWith("kn_serving_invocation_duration_seconds_count", StringComparison.Ordinal));
        Assert.Equal(["kn_serving_invocation_duration_seconds_count{http_response_status_code=\"200\",otel_scope_name=\"knative.dev/serving/pkg/queue\"} 50"], invocations);
        await watching.CancelAsync();
        await watch.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
    }

    private static void RecordScale(ObjectChange<V1Deployment> change, ConcurrentQueue<int> scales)
    {
        if (change is { Old: { } old, New: { } now } && change.Key == RunningSandbox.DeploymentOf(RunningSandbox.Blue) && old.Spec.Replicas != now.Spec.Replicas)
        {
            scales.Enqueue(now.Spec.Replicas ?? 1);
        }
    }

    private static async Task<(HttpStatusCode, string)> AskAsync(HttpClient client, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/") { Headers = { Host = RunningSandbox.BlueHost } };
        using var response = await client.SendAsync(request, cancellationToken);
        var body = await response.Content.ReadAsStringAsync(cancellationToken);
        return (response.StatusCode, response.IsSuccessStatusCode ? body.Split(' ')[3] : body);
    }
}
