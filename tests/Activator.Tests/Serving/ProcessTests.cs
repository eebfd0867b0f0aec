using System.Net;
using System.Text.Json;
using k8s.Models;
using Knative.Xds.Activator.Tests.Fakes;
using Knative.Xds.Core.Model;
using Knative.Xds.Core.Wire;
using Knative.Xds.Testing;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Knative.Xds.Activator.Tests.Serving;

/// <summary>The program itself.</summary>
public sealed class ProcessTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);
    private static readonly ObjectKey PrivateService = new(TestActivator.Revision.Namespace, TestActivator.Revision.Name + "-private");

    [Fact]
    public async Task Traces_ToStdout_ArePrintedOneALine()
    {
        await using var cluster = await ClusterAsync("http1", ("tracing-protocol", "stdout"), ("tracing-sampling-rate", "1"));
        await using var pod = await FakePod.StartAsync();
        await cluster.CreateSliceAsync(PrivateService, TestCluster.LabelsOf(TestActivator.Revision, Labels.ServiceTypePrivate), pod.Port, ready: true);
        var spans = new List<string>();
        await using var activator = await ActivatorProcess.StartAsync(cluster.Kubeconfig, line => Add(spans, line));
        using var client = TestActivator.NewClient(activator.EndPoint);
        using var request = new HttpRequestMessage(HttpMethod.Get, "/");
        request.Headers.TryAddWithoutValidation("traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01");

        using var response = await client.SendAsync(request, TestContext.Current.CancellationToken);

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        await Eventually.TrueAsync(() => Copy(spans).Count == 3, Limit);
        var printed = Copy(spans).ConvertAll(line => JsonSerializer.Deserialize<Dictionary<string, string>>(line)!);
        Assert.Equal(["activator_proxy", "handle", "throttler_try"], printed.Select(span => span["Name"]).Order(StringComparer.Ordinal));
        Assert.All(printed, span => Assert.Equal("0af7651916cd43dd8448eb211c80319c", span["TraceID"]));
        var root = printed.Single(span => span["Name"] == "handle");
        Assert.Equal("b7ad6b7169203331", root["ParentID"]);
        Assert.All(printed.Where(span => span != root), span => Assert.Equal(root["SpanID"], span["ParentID"]));
    }

    [Fact]
    public async Task TenThousandRequests_Wait_InBoundedMemoryAndAreAllAnswered()
    {
        const int Requests = 10_000;
        const long MostMiB = 500;
        await using var cluster = await ClusterAsync("h2c");
        await using var activator = await ActivatorProcess.StartAsync(cluster.Kubeconfig);
        using var client = TestActivator.NewClient(activator.EndPoint, HttpVersion.Version20);
        client.Timeout = TimeSpan.FromMinutes(5);
        var requests = Enumerable.Range(0, Requests).Select(_ => client.GetStringAsync("/", TestContext.Current.CancellationToken)).ToList();
        await Eventually.TrueAsync(async () => (await activator.MetricsAsync()).Contains($"kn_revision_request_queued{{k8s_namespace_name=\"default\",kn_revision_name=\"hello-00001\",otel_scope_name=\"knative.dev/serving/pkg/activator\"}} {Requests}\n", StringComparison.Ordinal), TimeSpan.FromMinutes(3));

        var used = activator.WorkingSetMiB;
        TestContext.Current.TestOutputHelper?.WriteLine($"{used} MiB while {Requests} requests wait");
        Assert.InRange(used, 1, MostMiB);
        await using var pod = await FakePod.StartAsync(protocols: HttpProtocols.Http2);
        await cluster.CreateSliceAsync(PrivateService, TestCluster.LabelsOf(TestActivator.Revision, Labels.ServiceTypePrivate), pod.Port, ready: true, portName: Ports.NameHttp2);
        Assert.All(await Task.WhenAll(requests).Within(TimeSpan.FromMinutes(3)), body => Assert.Equal("hello", body));
    }

    private static async Task<TestCluster> ClusterAsync(string protocol, params (string Key, string Value)[] observability)
    {
        var cluster = await TestCluster.StartAsync();
        await cluster.CreateRevisionAsync(TestActivator.Revision, containerConcurrency: 0, protocol);
        if (observability.Length > 0)
        {
            await cluster.Client.CreateAsync(
                new V1ConfigMap
                {
                    Metadata = new V1ObjectMeta { NamespaceProperty = SystemNames.Namespace, Name = "config-observability" },
                    Data = observability.ToDictionary(entry => entry.Key, entry => entry.Value),
                },
                CancellationToken.None);
        }

        return cluster;
    }

    private static void Add(List<string> spans, string line)
    {
        lock (spans)
        {
            // Logs go there as well.
            if (line.Contains("\"SpanID\"", StringComparison.Ordinal))
            {
                spans.Add(line);
            }
        }
    }

    private static List<string> Copy(List<string> spans)
    {
        lock (spans)
        {
            return [.. spans];
        }
    }
}
