using System.Net;
using System.Net.Sockets;
using System.Text;
using Knative.Xds.Testing;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Knative.Xds.QueueProxy.Tests;

/// <summary>What metrics and the request log say of requests that did not end as they should.</summary>
public sealed class BrokenOffTests
{
    private const string Scope = "otel_scope_name=\"knative.dev/serving/pkg/queue\"";
    private static readonly Uri Root = new("/", UriKind.Relative);

    [Theory]
    [InlineData(HttpProtocols.Http1, true, false)]
    [InlineData(HttpProtocols.Http1, false, false)]
    [InlineData(HttpProtocols.Http1, true, true)]
    [InlineData(HttpProtocols.Http1, false, true)]
    [InlineData(HttpProtocols.Http2, false, false)]
    public async Task Response_UserBreaksItOff_CountsAs500(HttpProtocols protocols, bool hasLength, bool isDuplex)
    {
        var begun = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var proxy = await StartAsync(
            async context =>
            {
                context.Response.ContentLength = hasLength ? 10 : null;
                await context.Response.WriteAsync("begin");
                await begun.Task;
                context.Abort();
            },
            protocols,
            isDuplex: isDuplex);
        using var request = new HttpRequestMessage(HttpMethod.Post, Root)
        {
            Content = new StringContent("body"),
            Version = protocols == HttpProtocols.Http2 ? HttpVersion.Version20 : HttpVersion.Version11,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
        };

        using var response = await proxy.Client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, Proxy.Token).Within(Proxy.Limit);
        await using var body = await response.Content.ReadAsStreamAsync(Proxy.Token);
        await body.ReadExactlyAsync(new byte[5], Proxy.Token).AsTask().Within(Proxy.Limit);
        begun.SetResult();

        await Assert.ThrowsAnyAsync<IOException>(() => body.ReadAsync(new byte[1], Proxy.Token).AsTask().Within(Proxy.Limit));
        await AssertRecordedAsync(proxy, 500, "500 0\n", 500);
    }

    [Fact]
    public async Task Response_ClientLeavesInTheMiddle_CountsAs500()
    {
        await using var proxy = await StartAsync(async context =>
        {
            await context.Response.WriteAsync("begin");
            await new TaskCompletionSource().Task.WaitAsync(context.RequestAborted);
        });
        using (var client = new TcpClient())
        {
            await client.ConnectAsync(proxy.App.MainEndPoint, Proxy.Token);
            await client.GetStream().WriteAsync("GET / HTTP/1.1\r\nHost: a\r\n\r\n"u8.ToArray(), Proxy.Token);
            using var reader = new StreamReader(client.GetStream(), Encoding.ASCII, leaveOpen: true);
            while (await reader.ReadLineAsync(Proxy.Token).AsTask().Within(Proxy.Limit) is not "begin")
            {
            }
        }

        await AssertRecordedAsync(proxy, 500, "500 0\n", 500);
    }

    [Fact]
    public async Task Request_ClientLeavesWhileItWaits_CountsAs500AndNeverReachesTheUser()
    {
        var gate = new Gate();
        await using var proxy = await StartAsync(gate.HandleAsync, containerConcurrency: 1);
        var running = proxy.Client.GetStringAsync(Root, Proxy.Token);
        await Eventually.TrueAsync(() => gate.Inside == 1, Proxy.Limit);
        using var leaving = new CancellationTokenSource();
        var waiting = proxy.Client.GetStringAsync(Root, leaving.Token);
        await Eventually.TrueAsync(async () => (await proxy.MetricsAsync()).Contains($"kn_serving_queue_depth{{{Scope}}} 2\n", StringComparison.Ordinal), Proxy.Limit);

        await leaving.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);
        await AssertRecordedAsync(proxy, 500, "500 0\n", invocation: null);
        gate.Open(1);
        Assert.Equal("done", await running.Within(Proxy.Limit));
    }

    [Fact]
    public async Task Request_ClientLeavesBeforeTheUserAnswers_CountsAs502()
    {
        var gate = new Gate();
        await using var proxy = await StartAsync(gate.HandleAsync);
        using var leaving = new CancellationTokenSource();
        var request = proxy.Client.GetStringAsync(Root, leaving.Token);
        await Eventually.TrueAsync(() => gate.Inside == 1, Proxy.Limit);

        await leaving.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => request);
        await AssertRecordedAsync(proxy, 502, "502 0\n", 502);
    }

    [Fact]
    public async Task Response_ATimeLimitEndsIt_KeepsItsStatus()
    {
        await using var proxy = await StartAsync(async context =>
        {
            await context.Response.WriteAsync("begin");
            await new TaskCompletionSource().Task.WaitAsync(context.RequestAborted);
        });
        using var response = await proxy.Client.GetAsync(Root, HttpCompletionOption.ResponseHeadersRead, Proxy.Token).Within(Proxy.Limit);
        await using var body = await response.Content.ReadAsStreamAsync(Proxy.Token);
        await body.ReadExactlyAsync(new byte[5], Proxy.Token).AsTask().Within(Proxy.Limit);

        proxy.Time.Advance(TimeSpan.FromSeconds(300));

        Assert.Equal("request timeout", await new StreamReader(body).ReadToEndAsync(Proxy.Token).Within(Proxy.Limit));
        await AssertRecordedAsync(proxy, 200, "200 20\n", 200);
    }

    [Fact]
    public async Task Tunnel_ClientBreaksItOff_StaysWhatItWas()
    {
        await using var proxy = await StartAsync(async context =>
        {
            using var user = await context.WebSockets.AcceptWebSocketAsync();
            await Assert.ThrowsAnyAsync<Exception>(async () => _ = await user.ReceiveAsync(new byte[1], context.RequestAborted));
        });
        using (var socket = new System.Net.WebSockets.ClientWebSocket())
        {
            await socket.ConnectAsync(new Uri($"ws://{proxy.App.MainEndPoint}/"), Proxy.Token).Within(Proxy.Limit);
            socket.Abort();
        }

        await AssertRecordedAsync(proxy, 101, "101 0\n", 101);
    }

    private static Task<Proxy> StartAsync(RequestDelegate user, HttpProtocols protocols = HttpProtocols.Http1, int containerConcurrency = 0, bool isDuplex = false) => Proxy.StartAsync(
        user,
        options => options with
        {
            ContainerConcurrency = containerConcurrency,
            HttpFullDuplex = isDuplex,
            Observability = options.Observability with { EnableRequestLog = true, RequestLogTemplate = "{{.Response.Code}} {{.Response.Size}}" },
        },
        protocols);

    private static async Task AssertRecordedAsync(Proxy proxy, int status, string line, int? invocation)
    {
        string metrics = "";
        await Eventually.TrueAsync(
            async () => (metrics = await proxy.MetricsAsync()).Contains("http_server_request_duration_seconds_count", StringComparison.Ordinal) && proxy.Output.Text.Length > 0,
            Proxy.Limit);
        Assert.Equal([status], Statuses(metrics, "http_server_request_duration_seconds_count", "http_response_status_code"));
        Assert.Equal([status], Statuses(metrics, "revision_request_count", "response_code"));
        Assert.Equal([status], Statuses(metrics, "revision_request_latencies_count", "response_code"));
        int[] expected = invocation is { } code ? [code] : [];
        Assert.Equal(expected, Statuses(metrics, "kn_serving_invocation_duration_seconds_count", "http_response_status_code"));
        Assert.Equal(expected, Statuses(metrics, "revision_app_request_count", "response_code"));
        Assert.Equal(expected, Statuses(metrics, "http_client_request_duration_seconds_count", "http_response_status_code"));
        Assert.Equal(line, proxy.Output.Text);
    }

    private static int[] Statuses(string metrics, string name, string label)
    {
        var start = $"{label}=\"";
        return
        [
            .. metrics.Split('\n').Where(line => line.StartsWith(name + "{", StringComparison.Ordinal)).Select(line =>
            {
                Assert.EndsWith(" 1", line, StringComparison.Ordinal);
                return int.Parse(line.AsSpan(line.IndexOf(start, StringComparison.Ordinal) + start.Length, 3), System.Globalization.CultureInfo.InvariantCulture);
            }),
        ];
    }
}
