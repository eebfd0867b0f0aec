using System.Net;
using Knative.Xds.Integration.Kingress.Harness;
using Microsoft.AspNetCore.Http;

namespace Knative.Xds.Integration.Kingress;

/// <summary>What passes through a gateway unharmed.</summary>
public sealed class TrafficTests(SharedKingressWorld shared)
{
    private const int LargeBytes = 16 * 1024 * 1024;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task LargeUpload_ReachesTheBackendWhole()
    {
        await using var ns = await shared.NamespaceAsync();
        await ns.BackendAsync("runtime");
        await ns.ReadyAsync("up", Spec.External(ns.Host("up"), Spec.All(Spec.To("runtime"))));

        var answer = await ns.External.SendAsync(new HttpRequestMessage(HttpMethod.Post, $"http://{ns.Host("up")}/") { Content = new ByteArrayContent(new byte[LargeBytes]) });

        Assert.Equal(LargeBytes, answer.Seen.BodyBytes);
    }

    [Fact]
    public async Task LargeDownload_ReachesTheClientWhole()
    {
        await using var ns = await shared.NamespaceAsync();
        await ns.BackendAsync("runtime", new BackendOptions { Handler = context => context.Response.Body.WriteAsync(new byte[LargeBytes]).AsTask() });
        await ns.ReadyAsync("down", Spec.External(ns.Host("down"), Spec.All(Spec.To("runtime"))));

        Assert.Equal(LargeBytes, (await ns.External.GetAsync(ns.Host("down"))).Body.Length);
    }

    [Fact]
    public async Task BothDirectionsAtOnce_NothingIsBuffered()
    {
        await using var ns = await shared.NamespaceAsync();
        await ns.Http2BackendAsync("runtime", new BackendOptions { Handler = EchoBodyAsync });
        await ns.ReadyAsync("duplex", Spec.External(ns.Host("duplex"), Spec.All(Spec.To("runtime"))));
        using var connection = await RawHttp.ConnectAsync(ns.External.EndPoint, Cancel);

        await connection.SendAsync("POST / HTTP/1.1", $"Host: {ns.Host("duplex")}", "Transfer-Encoding: chunked", "", "5", "first");
        Assert.EndsWith("first\r\n", await connection.ReadToAsync("first\r\n", Cancel), StringComparison.Ordinal);
        await connection.SendAsync("6", "second");

        Assert.EndsWith("second\r\n", await connection.ReadToAsync("second\r\n", Cancel), StringComparison.Ordinal);
    }

    [Fact]
    public async Task ServerSentEvents_ArriveOneByOne()
    {
        await using var ns = await shared.NamespaceAsync();
        var next = new SemaphoreSlim(0);
        await ns.BackendAsync("runtime", new BackendOptions { Handler = context => EventsAsync(context, next) });
        await ns.ReadyAsync("events", Spec.External(ns.Host("events"), Spec.All(Spec.To("runtime"))));
        using var connection = await RawHttp.ConnectAsync(ns.External.EndPoint, Cancel);
        await connection.SendAsync("GET / HTTP/1.1", $"Host: {ns.Host("events")}", "");

        for (var i = 0; i < 3; i++)
        {
            next.Release();
            await connection.ReadToAsync($"data: {i}\n\n", Cancel);
        }
    }

    [Fact]
    public async Task ClientGoesAway_TheBackendIsToldAndOthersAreServed()
    {
        await using var ns = await shared.NamespaceAsync();
        var (begun, aborted) = (new TaskCompletionSource(), new TaskCompletionSource());
        await ns.BackendAsync("runtime", new BackendOptions { Handler = context => HangAsync(context, begun, aborted) });
        await ns.ReadyAsync("hang", Spec.External(ns.Host("hang"), Spec.All(Spec.To("runtime"))));
        var connection = await RawHttp.ConnectAsync(ns.External.EndPoint, Cancel);
        await connection.SendAsync("GET /hang HTTP/1.1", $"Host: {ns.Host("hang")}", "");
        await begun.Task.WaitAsync(Xds.XdsStack.Limit, Cancel);

        connection.Reset();

        await aborted.Task.WaitAsync(Xds.XdsStack.Limit, Cancel);
        Assert.Equal("quick", (await ns.External.GetAsync(ns.Host("hang"), "/quick")).Body);
    }

    [Fact]
    public async Task ClientGoesAwayInMidUpload_TheBackendSeesNoWholeBody()
    {
        await using var ns = await shared.NamespaceAsync();
        var (begun, ended) = (new TaskCompletionSource(), new TaskCompletionSource<bool>());
        await ns.BackendAsync("runtime", new BackendOptions { Handler = context => ReadAsync(context, begun, ended) });
        await ns.ReadyAsync("upload", Spec.External(ns.Host("upload"), Spec.All(Spec.To("runtime"))));
        var connection = await RawHttp.ConnectAsync(ns.External.EndPoint, Cancel);
        await connection.SendAsync("POST / HTTP/1.1", $"Host: {ns.Host("upload")}", "Content-Length: 1000", "", "some");
        await begun.Task.WaitAsync(Xds.XdsStack.Limit, Cancel);

        connection.Reset();

        Assert.False(await ended.Task.WaitAsync(Xds.XdsStack.Limit, Cancel));
    }

    [Theory]
    [InlineData("GET")]
    [InlineData("HEAD")]
    [InlineData("POST")]
    [InlineData("PUT")]
    [InlineData("DELETE")]
    [InlineData("OPTIONS")]
    [InlineData("PATCH")]
    [InlineData("PROPFIND")]
    public async Task AnyMethod_ReachesTheBackend(string method)
    {
        await using var ns = await shared.NamespaceAsync();
        await ns.BackendAsync("runtime", new BackendOptions { Handler = context => Task.FromResult(context.Response.Headers["Method-Seen"] = context.Request.Method) });
        await ns.ReadyAsync("method", Spec.External(ns.Host("method"), Spec.All(Spec.To("runtime"))));

        var answer = await ns.External.SendAsync(new HttpRequestMessage(new HttpMethod(method), $"http://{ns.Host("method")}/"));

        Assert.Equal((200, method), (answer.Code, answer["Method-Seen"]));
    }

    [Fact]
    public async Task CleartextHttp2FromTheClient_IsServed()
    {
        await using var ns = await shared.NamespaceAsync();
        await ns.BackendAsync("runtime");
        await ns.ReadyAsync("h2c", Spec.External(ns.Host("h2c"), Spec.All(Spec.To("runtime"))));

        var answer = await ns.External.SendAsync(new HttpRequestMessage(HttpMethod.Get, $"http://{ns.Host("h2c")}/") { Version = HttpVersion.Version20, VersionPolicy = HttpVersionPolicy.RequestVersionExact });

        Assert.Equal("HTTP/1.1", answer.Seen.Protocol);
    }

    [Fact]
    public async Task GrpcStatusInTrailers_ReachesTheClient()
    {
        await using var ns = await shared.NamespaceAsync();
        await ns.Http2BackendAsync("runtime");
        await ns.ReadyAsync("trailers", Spec.External(ns.Host("trailers"), Spec.All(Spec.To("runtime"))));
        using var channel = ns.External.Grpc(ns.Host("trailers"));
        var failure = await Assert.ThrowsAsync<Grpc.Core.RpcException>(() => new Ping.PingClient(channel).OnceAsync(new PingMessage { Text = "fail" }, cancellationToken: Cancel).ResponseAsync);

        Assert.Equal((Grpc.Core.StatusCode.ResourceExhausted, "too much"), (failure.StatusCode, failure.Status.Detail));
    }

    [Fact]
    public async Task ManyHeaders_NearSixtyKilobytes_AreServed()
    {
        await using var ns = await shared.NamespaceAsync();
        await ns.Http2BackendAsync("runtime");
        await ns.ReadyAsync("big", Spec.External(ns.Host("big"), Spec.All(Spec.To("runtime"))));

        var answer = await ns.External.GetAsync(ns.Host("big"), "/", [.. Enumerable.Range(0, 25).Select(i => ($"X-Big-{i}", new string('v', 1000)))]);

        Assert.Equal(new string('v', 1000), answer.Seen["X-Big-24"]);
    }

    [Fact]
    public async Task InternalHeadersFromOutside_AreStripped()
    {
        await using var ns = await shared.NamespaceAsync();
        await ns.BackendAsync("runtime");
        await ns.ReadyAsync("strip", Spec.External(ns.Host("strip"), Spec.All(Spec.To("runtime").Setting("Knative-Serving-Revision", "ours"))));
        (string, string)[] forged =
        [
            ("K-Kubelet-Probe", "queue"), ("K-Original-Host", "x"), ("K-Passthrough-Lb", "true"), ("K-Proxy-Request", "activator"),
            ("Knative-Serving-Revision", "theirs"), ("Knative-Serving-Namespace", "theirs"),
        ];

        var seen = (await ns.External.GetAsync(ns.Host("strip"), "/", forged)).Seen;

        Assert.Equal("ours", seen["Knative-Serving-Revision"]);
        Assert.All(new[] { "K-Kubelet-Probe", "K-Original-Host", "K-Passthrough-Lb", "K-Proxy-Request", "Knative-Serving-Namespace" }, name => Assert.Null(seen[name]));
    }

    [Fact]
    public async Task EnvoysTimeLimitFromOutside_HasNoEffectAndReachesNoBackend()
    {
        await using var ns = await shared.NamespaceAsync();
        await ns.BackendAsync("slow", new BackendOptions { Handler = NameEnvoysHeadersLateAsync });
        await ns.ReadyAsync("limit", Spec.External(ns.Host("limit"), Spec.All(Spec.To("slow"))));

        var answer = await ns.External.GetAsync(ns.Host("limit"), "/", ("x-envoy-upstream-rq-timeout-ms", "1"), ("x-envoy-upstream-rq-per-try-timeout-ms", "1"), ("X-Envoy-Expected-Rq-Timeout-Ms", "1"));

        // The one that Envoy itself sets: the client's address.
        Assert.Equal((200, "x-envoy-external-address"), (answer.Code, answer.Body));
    }

    [Fact]
    public async Task EnvoysRetriesFromOutside_HaveNoEffect_TheBackendIsAskedOnce()
    {
        await using var ns = await shared.NamespaceAsync();
        var backend = await ns.BackendAsync("busy", new BackendOptions { FirstCodes = [503, 503, 503, 503] });
        await ns.ReadyAsync("retries", Spec.External(ns.Host("retries"), Spec.All(Spec.To("busy"))));

        var answer = await ns.External.GetAsync(ns.Host("retries"), "/", ("x-envoy-retry-on", "5xx,gateway-error,retriable-status-codes"), ("x-envoy-max-retries", "3"), ("x-envoy-retriable-status-codes", "503"));

        Assert.Equal((503, 1), (answer.Code, backend.Answers));
    }

    [Fact]
    public async Task AnyOfEnvoysHeadersFromOutside_ReachesNoBackend()
    {
        await using var ns = await shared.NamespaceAsync();
        await ns.BackendAsync("runtime");
        await ns.ReadyAsync("own", Spec.External(ns.Host("own"), Spec.All(Spec.To("runtime"))));
        string[] forged =
        [
            "x-envoy-upstream-alt-stat-name", "x-envoy-hedge-on-per-try-timeout", "x-envoy-original-path", "x-envoy-force-trace", "x-envoy-decorator-operation",
            "x-envoy-ip-tags", "x-envoy-internal", "x-envoy-external-address", "X-Envoy-Whatever",
        ];

        var seen = (await ns.External.GetAsync(ns.Host("own"), "/", [.. forged.Select(name => (name, "forged"))])).Seen;

        Assert.DoesNotContain("forged", seen.Headers.SelectMany(header => header.Value));
    }

    [Fact]
    public async Task ForwardedHeaders_FromOutsideAreReplaced_FromInsideAreKept()
    {
        await using var ns = await shared.NamespaceAsync();
        await ns.BackendAsync("runtime");
        await ns.ReadyAsync("xff", Spec.External(ns.Host("xff"), Spec.All(Spec.To("runtime"))));

        var outside = (await ns.External.GetAsync(ns.Host("xff"), "/", ("X-Forwarded-Proto", "https"), ("X-Forwarded-For", "198.51.100.7"))).Seen;
        var inside = (await ns.Local.GetAsync(ns.Host("xff"), "/", ("X-Forwarded-Proto", "https"), ("X-Forwarded-For", "192.0.2.1"))).Seen;

        Assert.Equal("http", outside["X-Forwarded-Proto"]);
        // Envoy names a client on loopback by the machine's own address.
        Assert.NotEqual("198.51.100.7", outside["X-Forwarded-For"]!.Split(',')[^1].Trim());
        Assert.Equal("https", inside["X-Forwarded-Proto"]);
        Assert.StartsWith("192.0.2.1", inside["X-Forwarded-For"], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("GET / HTTP/1.1", "X-No-Host: 1")]
    [InlineData("GET /\0 HTTP/1.1", "Host: a.example.com")]
    [InlineData("POST / HTTP/1.1", "Host: a.example.com\r\nContent-Length: 1\r\nTransfer-Encoding: chunked")]
    [InlineData("POST / HTTP/1.1", "Host: a.example.com\r\nContent-Length: 1\r\nContent-Length: 2")]
    public async Task MalformedRequests_400(string line, string header)
    {
        await using var ns = await shared.NamespaceAsync();

        Assert.Equal(400, await RawHttp.CodeAsync(ns.External.EndPoint, Cancel, line, header));
    }

    private static async Task EchoBodyAsync(HttpContext context)
    {
        await context.Response.StartAsync();
        await context.Request.Body.CopyToAsync(context.Response.Body);
    }

    private static async Task NameEnvoysHeadersLateAsync(HttpContext context)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(200));
        await timer.WaitForNextTickAsync();
        await context.Response.WriteAsync(string.Join(' ', context.Request.Headers.Keys.Where(name => name.StartsWith("x-envoy-", StringComparison.OrdinalIgnoreCase))));
    }

    private static async Task EventsAsync(HttpContext context, SemaphoreSlim next)
    {
        context.Response.ContentType = "text/event-stream";
        for (var i = 0; i < 3; i++)
        {
            await next.WaitAsync(context.RequestAborted);
            await context.Response.WriteAsync($"data: {i}\n\n");
        }
    }

    private static async Task HangAsync(HttpContext context, TaskCompletionSource begun, TaskCompletionSource aborted)
    {
        if (context.Request.Path == "/quick")
        {
            await context.Response.WriteAsync("quick");
            return;
        }

        context.RequestAborted.Register(() => aborted.TrySetResult());
        begun.TrySetResult();
        await aborted.Task;
    }

    private static async Task ReadAsync(HttpContext context, TaskCompletionSource begun, TaskCompletionSource<bool> ended)
    {
        var buffer = new byte[100];
        try
        {
            while (await context.Request.Body.ReadAsync(buffer) > 0)
            {
                begun.TrySetResult();
            }

            ended.TrySetResult(true);
        }
        catch (Exception cut) when (cut is IOException or OperationCanceledException or BadHttpRequestException)
        {
            ended.TrySetResult(false);
        }
    }
}
