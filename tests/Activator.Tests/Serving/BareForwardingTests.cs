using System.Buffers;
using System.Net;
using System.Text;
using Knative.Xds.Activation.Configuration;
using Knative.Xds.Activator.Tests.Fakes;
using Knative.Xds.Core.Configuration;
using Knative.Xds.Core.Model;
using Knative.Xds.Core.Wire;
using Knative.Xds.Exchanges;
using Knative.Xds.Testing;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;

namespace Knative.Xds.Activator.Tests.Serving;

/// <summary>Requests over HTTP/2 without a body.</summary>
public sealed class BareForwardingTests : IDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);
    private static readonly Uri Root = new("/", UriKind.Relative);
    private readonly Lines _lines = new();

    public void Dispose() => _lines.Dispose();

    [Theory]
    [InlineData("GET")]
    [InlineData("POST")]
    public async Task Request_ComesAsItWasSent_WithWhatTheActivatorSays(string method)
    {
        IHeaderDictionary? seen = null;
        string? target = null;
        await using var pod = await StartPodAsync(context =>
        {
            (seen, target) = (new HeaderDictionary(context.Request.Headers.Where(header => header.Key != "Content-Length").ToDictionary()), $"{context.Request.Protocol} {context.Request.Path}{context.Request.QueryString}");
            return Task.CompletedTask;
        });
        await using var activator = await StartAsync(pod);
        using var client = NewClient(activator);
        using var request = NewRequest(method, "/a%2Fb?c=d&e=%20");
        // One body that is empty: YARP forwards it, by the same rules.
        request.Content = method == "POST" ? new ByteArrayContent([]) : null;
        request.Headers.Host = "hello.example.com";
        foreach (var (name, value) in new[] { ("X-One", "1"), ("X-Two", "a"), ("X-Two", "b"), ("Cookie", "a=1; b=2"), ("X-Forwarded-For", "10.0.0.9"), ("User-Agent", "me/1 (x)") })
        {
            request.Headers.TryAddWithoutValidation(name, value);
        }

        using var response = await client.SendAsync(request, TestContext.Current.CancellationToken).Within(Limit);

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal("HTTP/2 /a%2Fb?c=d&e=%20", target);
        Assert.Equal(
            [
                "cookie: a=1; b=2", $"host: 127.0.0.1:{pod.Port}", "k-original-host: hello.example.com", "k-proxy-request: activator",
                "user-agent: me/1 (x)", "x-forwarded-for: 10.0.0.9, 127.0.0.1", "x-one: 1", "x-two: a, b",
            ],
            seen!.Select(header => $"{header.Key.ToLowerInvariant()}: {header.Value}").Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Request_WithAHeaderOfABody_ComesWithIt()
    {
        string? seen = null;
        await using var pod = await StartPodAsync(context =>
        {
            seen = context.Request.ContentType;
            return Task.CompletedTask;
        });
        await using var activator = await StartAsync(pod);
        using var client = await RawHttp2.ConnectAsync(activator.Http1, [], TestContext.Current.CancellationToken);
        // Over HTTP/2 names are in lower case (RFC 9113, 8.2.1).
        var block = RawHttp2.Request("/", [.. Named(), ("content-type", "a/b")]);

        await client.SendAsync(RawHttp2.Frame(RawHttp2.Headers, RawHttp2.EndStream | RawHttp2.EndHeaders, 1, block), TestContext.Current.CancellationToken);

        await Eventually.TrueAsync(() => seen == "a/b", Limit);
    }

    [Theory]
    [InlineData("GET", 200, 5, "hello")]
    [InlineData("HEAD", 200, 5, "")]
    [InlineData("GET", 204, null, "")]
    [InlineData("GET", 304, null, "")]
    [InlineData("GET", 205, null, "")]
    public async Task Response_ComesThrough(string method, int status, int? length, string body)
    {
        await using var pod = await StartPodAsync(context =>
        {
            context.Response.StatusCode = status;
            context.Response.Headers.SetCookie = new[] { "a=1", "b=2" };
            context.Response.ContentLength = length;
            return length is null || HttpMethods.IsHead(context.Request.Method) ? Task.CompletedTask : context.Response.WriteAsync("hello");
        });
        await using var activator = await StartAsync(pod);
        using var client = NewClient(activator);
        using var request = NewRequest(method);

        using var response = await client.SendAsync(request, TestContext.Current.CancellationToken).Within(Limit);

        Assert.Equal((status, body, length), ((int)response.StatusCode, await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken), (int?)response.Content.Headers.ContentLength is { } said && (said > 0 || status == 200) ? said : null));
        Assert.Equal(["a=1", "b=2"], response.Headers.NonValidated["Set-Cookie"]);
    }

    [Fact]
    public async Task Response_InParts_IsGivenOnAsItComes()
    {
        var steps = Enumerable.Range(0, 3).Select(_ => new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).ToArray();
        await using var pod = await StartPodAsync(async context =>
        {
            await context.Response.Body.FlushAsync();
            foreach (var step in steps)
            {
                await step.Task;
                await context.Response.WriteAsync("part");
            }
        });
        await using var activator = await StartAsync(pod);
        using var client = NewClient(activator);

        using var response = await client.GetAsync(Root, HttpCompletionOption.ResponseHeadersRead, TestContext.Current.CancellationToken).Within(Limit);
        await using var body = await response.Content.ReadAsStreamAsync(TestContext.Current.CancellationToken);
        foreach (var step in steps)
        {
            step.SetResult();
            await body.ReadExactlyAsync(new byte[4], TestContext.Current.CancellationToken).AsTask().Within(Limit);
        }

        Assert.Equal(0, await body.ReadAsync(new byte[1], TestContext.Current.CancellationToken).AsTask().Within(Limit));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(16 * 1024)]
    [InlineData((16 * 1024) + 1)]
    [InlineData(5_000_000)]
    public async Task Response_OfAnySize_IsWholeAndLoggedWithItsSize(int size)
    {
        var sent = new byte[size];
        new Random(1).NextBytes(sent);
        await using var pod = await StartPodAsync(context => context.Response.Body.WriteAsync(sent).AsTask());
        await using var activator = await StartAsync(pod);
        activator.App.Services.GetRequiredService<LiveSettings>().Set(new ObservabilityConfig { EnableRequestLog = true, RequestLogTemplate = "{{.Response.Code}} {{.Response.Size}}" });
        using var client = NewClient(activator);

        var received = await client.GetByteArrayAsync(Root, TestContext.Current.CancellationToken).Within(Limit);

        Assert.True(sent.AsSpan().SequenceEqual(received));
        await Eventually.TrueAsync(() => _lines.Text.Length > 0, Limit);
        Assert.Equal($"200 {size}\n", _lines.Text);
    }

    [Theory]
    [InlineData("")]
    [InlineData("body")]
    public async Task Response_WithTrailers_HasThem(string text)
    {
        await using var pod = await StartPodAsync(async context =>
        {
            context.Response.DeclareTrailer("X-Sum");
            await context.Response.WriteAsync(text);
            context.Response.AppendTrailer("X-Sum", "1");
        });
        await using var activator = await StartAsync(pod);
        using var client = NewClient(activator);

        using var response = await client.GetAsync(Root, TestContext.Current.CancellationToken).Within(Limit);

        Assert.Equal(text, await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
        Assert.Equal(["1"], response.TrailingHeaders.NonValidated["X-Sum"]);
    }

    [Fact]
    public async Task Response_BrokenOff_EndsItsStreamAloneAndCountsAs500()
    {
        var gate = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var pod = await StartPodAsync(async context =>
        {
            await context.Response.WriteAsync("begin");
            await gate.Task;
            if (context.Request.Path == "/broken")
            {
                context.Abort();
            }
        });
        await using var activator = await StartAsync(pod);
        using var client = NewClient(activator);
        var whole = client.GetStringAsync("/whole", TestContext.Current.CancellationToken);
        using var broken = await client.GetAsync(new Uri("/broken", UriKind.Relative), HttpCompletionOption.ResponseHeadersRead, TestContext.Current.CancellationToken).Within(Limit);
        await using var body = await broken.Content.ReadAsStreamAsync(TestContext.Current.CancellationToken);
        await body.ReadExactlyAsync(new byte[5], TestContext.Current.CancellationToken).AsTask().Within(Limit);

        gate.SetResult();

        await Assert.ThrowsAnyAsync<IOException>(() => body.ReadAsync(new byte[1], TestContext.Current.CancellationToken).AsTask().Within(Limit));
        Assert.Equal("begin", await whole.Within(Limit));
        await Eventually.TrueAsync(async () => (await activator.MetricsAsync()).Contains("http_response_status_code=\"500\"", StringComparison.Ordinal), Limit);
        Assert.Contains("http_response_status_code=\"200\"", await activator.MetricsAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Response_BrokenOffBeforeItBegan_Is502()
    {
        await using var pod = await StartPodAsync(context =>
        {
            context.Abort();
            return Task.CompletedTask;
        });
        await using var activator = await StartAsync(pod);
        using var client = NewClient(activator);

        using var response = await client.GetAsync(Root, TestContext.Current.CancellationToken).Within(Limit);

        Assert.Equal(HttpStatusCode.BadGateway, response.StatusCode);
    }

    [Fact]
    public async Task Response_Short_IsSentWithItsEnd()
    {
        await using var pod = await StartPodAsync(context =>
        {
            context.Response.BodyWriter.Write("hello"u8);
            return Task.CompletedTask;
        });
        await using var activator = await StartAsync(pod);
        using var client = await RawHttp2.ConnectAsync(activator.Http1, [], TestContext.Current.CancellationToken);

        await client.SendAsync(RawHttp2.Frame(RawHttp2.Headers, RawHttp2.EndStream | RawHttp2.EndHeaders, 1, RawHttp2.Request("/", Named())), TestContext.Current.CancellationToken);

        var frame = await client.ReadAsync(TestContext.Current.CancellationToken).Within(Limit);
        while (frame is { Type: not 0 })
        {
            frame = await client.ReadAsync(TestContext.Current.CancellationToken).Within(Limit);
        }

        Assert.Equal((RawHttp2.EndStream, "hello"), (frame!.Value.Flags, Encoding.ASCII.GetString(frame.Value.Payload)));
    }

    [Fact]
    public async Task Request_WithCookiesOneByOne_ComesWithOneLineOfThem()
    {
        string? seen = null;
        await using var pod = await StartPodAsync(context =>
        {
            seen = context.Request.Headers.Cookie.ToString();
            return Task.CompletedTask;
        });
        await using var activator = await StartAsync(pod);
        using var client = await RawHttp2.ConnectAsync(activator.Http1, [], TestContext.Current.CancellationToken);

        var block = RawHttp2.Request("/", [.. Named(), ("cookie", "a=1"), ("cookie", "b=2")]);
        await client.SendAsync(RawHttp2.Frame(RawHttp2.Headers, RawHttp2.EndStream | RawHttp2.EndHeaders, 1, block), TestContext.Current.CancellationToken);

        await Eventually.TrueAsync(() => seen == "a=1; b=2", Limit);
    }

    [Fact]
    public async Task Request_OriginalHostThatIsThere_StaysAsItIs()
    {
        string? seen = null;
        await using var pod = await StartPodAsync(context =>
        {
            seen = context.Request.Headers[HeaderNames.OriginalHost].ToString();
            return Task.CompletedTask;
        });
        await using var activator = await StartAsync(pod);
        using var client = NewClient(activator);
        using var request = NewRequest("GET");
        request.Headers.Add(HeaderNames.OriginalHost, "first.example.com");

        using var response = await client.SendAsync(request, TestContext.Current.CancellationToken).Within(Limit);

        Assert.Equal("first.example.com", seen);
    }

    [Fact]
    public async Task Pod_Unreachable_AnotherOneGetsTheRequest()
    {
        var gone = await StartPodAsync(_ => Task.CompletedTask);
        await using var activator = await StartAsync(gone);
        using var client = NewClient(activator);
        await Eventually.TrueAsync(() => gone.Log.Count > 0, Limit);
        await gone.DisposeAsync();
        await using var pod = await StartPodAsync(context => context.Response.WriteAsync("here"));

        var answer = client.GetStringAsync(Root, TestContext.Current.CancellationToken);
        await Eventually.TrueAsync(() => activator.State.InFlight + activator.State.Waiting > 0 || answer.IsCompleted, Limit);
        activator.SetPods(pod.Endpoint());

        Assert.Equal("here", await answer.Within(Limit));
    }

    [Fact]
    public void LastPart_Written_NoLimitTakesItForAResponseThatHasNotBegun()
    {
        var time = new FakeTimeProvider();
        var features = new DefaultHttpContext().Features;
        features.Set<IHttpRequestLifetimeFeature>(new HttpRequestLifetimeFeature());
        var exchange = new TimedExchange(features, new TimeLimits(TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(1)), time);

        exchange.WriteLast("last"u8);
        time.Advance(TimeSpan.FromSeconds(2));

        Assert.Equal((false, 4), (exchange.HasExpired, exchange.Written));
        exchange.End();
    }

    private static (string, string)[] Named() => [("knative-serving-namespace", TestActivator.Revision.Namespace), ("knative-serving-revision", TestActivator.Revision.Name)];

    private static Task<FakePod> StartPodAsync(RequestDelegate application) => FakePod.StartAsync(application, HttpProtocols.Http2);

    private async Task<TestActivator> StartAsync(FakePod pod)
    {
        var activator = await TestActivator.StartAsync(options => options.RequestLogOutput = () => _lines);
        activator.AddRevision(protocol: AppProtocol.H2C);
        activator.SetPods(pod.Endpoint());
        return activator;
    }

    private static HttpClient NewClient(TestActivator activator) => TestActivator.NewClient(activator.Http1, HttpVersion.Version20);

    private static HttpRequestMessage NewRequest(string method, string target = "/") =>
        new(new HttpMethod(method), target) { Version = HttpVersion.Version20, VersionPolicy = HttpVersionPolicy.RequestVersionExact };
}
