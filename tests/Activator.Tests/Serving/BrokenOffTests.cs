using System.Net;
using System.Net.WebSockets;
using Knative.Xds.Activation.Configuration;
using Knative.Xds.Activator.Tests.Fakes;
using Knative.Xds.Core.Configuration;
using Knative.Xds.Core.Model;
using Knative.Xds.Core.Wire;
using Knative.Xds.Testing;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;

namespace Knative.Xds.Activator.Tests.Serving;

/// <summary>What metrics and the request log say of requests that did not end as they should.</summary>
public sealed class BrokenOffTests : IDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);
    private readonly Lines _lines = new();
    private readonly TaskCompletionSource _release = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public void Dispose() => _lines.Dispose();

    [Theory]
    [InlineData("GET", 1, true, false)]
    [InlineData("GET", 1, false, false)]
    [InlineData("POST", 1, true, false)]
    [InlineData("POST", 1, false, true)]
    [InlineData("POST", 2, false, false)]
    public async Task Response_PodBreaksItOff_CountsAs500(string method, int version, bool hasLength, bool isDuplex)
    {
        await using var pod = await FakePod.StartAsync(
            async context =>
            {
                context.Response.ContentLength = hasLength ? 10 : null;
                await context.Response.WriteAsync("begin");
                await _release.Task;
                context.Abort();
            },
            version == 2 ? HttpProtocols.Http2 : HttpProtocols.Http1);
        await using var activator = await StartAsync(isDuplex: isDuplex, protocol: version == 2 ? AppProtocol.H2C : AppProtocol.Http1);
        activator.SetPods(pod.Endpoint());
        using var client = TestActivator.NewClient(activator.Http1, version == 2 ? HttpVersion.Version20 : HttpVersion.Version11);
        using var request = new HttpRequestMessage(new HttpMethod(method), "/") { Version = client.DefaultRequestVersion, VersionPolicy = HttpVersionPolicy.RequestVersionExact };
        request.Content = method == "POST" ? new StringContent("body") : null;

        using var response = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, TestContext.Current.CancellationToken).Within(Limit);
        await using var body = await response.Content.ReadAsStreamAsync(TestContext.Current.CancellationToken);
        await body.ReadExactlyAsync(new byte[5], TestContext.Current.CancellationToken).AsTask().Within(Limit);
        _release.SetResult();

        await Assert.ThrowsAnyAsync<IOException>(() => body.ReadAsync(new byte[1], TestContext.Current.CancellationToken).AsTask().Within(Limit));
        await AssertRecordedAsync(activator, 500, "500 0\n");
    }

    [Theory]
    [InlineData("GET")]
    [InlineData("POST")]
    public async Task Response_ClientLeavesInTheMiddle_CountsAs500(string method)
    {
        await using var pod = await FakePod.StartAsync(async context =>
        {
            await context.Response.WriteAsync("begin");
            await _release.Task;
        });
        await using var activator = await StartAsync();
        activator.SetPods(pod.Endpoint());
        using (var client = await RawClient.ConnectAsync(activator.Http1))
        {
            await client.SayAsync($"{method} / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n{HeaderNames.RevisionNamespace}: default\r\n{HeaderNames.RevisionName}: hello-00001\r\n\r\n");
            await client.ReadUntilAsync("begin");
        }

        await AssertRecordedAsync(activator, 500, "500 0\n");
        _release.SetResult();
    }

    [Fact]
    public async Task Request_ClientLeavesWhileItWaits_CountsAs500()
    {
        await using var activator = await StartAsync();
        using var leaving = new CancellationTokenSource();
        var waiting = activator.Client.GetStringAsync("/", leaving.Token);
        await Eventually.TrueAsync(() => activator.State.Waiting == 1);

        await leaving.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);
        await AssertRecordedAsync(activator, 500, "500 0\n");
    }

    [Theory]
    [InlineData("GET")]
    [InlineData("POST")]
    public async Task Request_ClientLeavesBeforeThePodAnswers_CountsAs502(string method)
    {
        await using var pod = await FakePod.StartAsync(_ => _release.Task);
        await using var activator = await StartAsync();
        activator.SetPods(pod.Endpoint());
        using var leaving = new CancellationTokenSource();
        using var request = new HttpRequestMessage(new HttpMethod(method), "/") { Content = method == "POST" ? new StringContent("body") : null };
        var running = activator.Client.SendAsync(request, leaving.Token);
        await Eventually.TrueAsync(() => pod.Served == 1);

        await leaving.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running);
        await AssertRecordedAsync(activator, 502, "502 0\n");
        _release.SetResult();
    }

    [Fact]
    public async Task Tunnel_ClientBreaksItOff_StaysWhatItWas()
    {
        await using var pod = await FakePod.StartAsync(async context =>
        {
            using var user = await context.WebSockets.AcceptWebSocketAsync();
            await Assert.ThrowsAnyAsync<Exception>(async () => _ = await user.ReceiveAsync(new byte[1], context.RequestAborted));
        });
        await using var activator = await StartAsync();
        activator.SetPods(pod.Endpoint());
        using (var socket = new ClientWebSocket())
        {
            socket.Options.SetRequestHeader(HeaderNames.RevisionNamespace, TestActivator.Revision.Namespace);
            socket.Options.SetRequestHeader(HeaderNames.RevisionName, TestActivator.Revision.Name);
            await socket.ConnectAsync(new Uri($"ws://{activator.Http1}/"), TestContext.Current.CancellationToken).Within(Limit);
            socket.Abort();
        }

        await AssertRecordedAsync(activator, 101, "101 0\n");
    }

    private async Task<TestActivator> StartAsync(bool isDuplex = false, AppProtocol protocol = AppProtocol.Http1)
    {
        var activator = await TestActivator.StartAsync(options => options.RequestLogOutput = () => _lines);
        activator.App.Services.GetRequiredService<LiveSettings>().Set(new ObservabilityConfig { EnableRequestLog = true, RequestLogTemplate = "{{.Response.Code}} {{.Response.Size}}" });
        activator.AddRevision(fullDuplex: isDuplex, protocol: protocol);
        return activator;
    }

    private async Task AssertRecordedAsync(TestActivator activator, int status, string line)
    {
        string[] metrics = [];
        await Eventually.TrueAsync(
            async () =>
            {
                metrics = (await activator.MetricsAsync()).Split('\n');
                return metrics.Any(sample => sample.StartsWith("http_server_request_duration_seconds_count{", StringComparison.Ordinal)) && _lines.Text.Length > 0;
            },
            Limit);
        AssertStatus(metrics, "http_server_request_duration_seconds_count{", $"http_response_status_code=\"{status}\"");
        AssertStatus(metrics, "activator_request_count{", $"response_code=\"{status}\",response_code_class=\"{status / 100}xx\"");
        AssertStatus(metrics, "activator_request_latencies_count{", $"response_code=\"{status}\",response_code_class=\"{status / 100}xx\"");
        Assert.Equal(line, _lines.Text);
    }

    private static void AssertStatus(string[] metrics, string name, string label)
    {
        var sample = Assert.Single(metrics, sample => sample.StartsWith(name, StringComparison.Ordinal));
        Assert.Contains(label, sample, StringComparison.Ordinal);
        Assert.EndsWith(" 1", sample, StringComparison.Ordinal);
    }
}
