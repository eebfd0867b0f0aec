using System.Net;
using Knative.Xds.Activation;
using Knative.Xds.Activation.Listening;
using Knative.Xds.Activator.Tests.Fakes;
using Knative.Xds.Core.Model;
using Knative.Xds.Testing;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Knative.Xds.Activator.Tests.Serving;

/// <summary>The budgets of memory that requests share: what is beyond is refused or given up and counted, what is over is given back, and nobody else notices.</summary>
public sealed class MemoryTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);
    private static readonly Uri Root = new("/", UriKind.Relative);

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task Headers_BeyondTheBudgetOfAllRequestsInside_Are503CountedAndGivenBack(int version)
    {
        await using var pod = await FakePod.StartAsync(protocols: version == 2 ? HttpProtocols.Http2 : HttpProtocols.Http1);
        await using var activator = await TestActivator.StartAsync(options => options.HeaderBudgetBytes = 30_000);
        activator.AddRevision(protocol: version == 2 ? AppProtocol.H2C : AppProtocol.Http1);
        using var client = TestActivator.NewClient(activator.Http1, new Version(version, version == 1 ? 1 : 0));
        Task<HttpResponseMessage>[] inside = [SendAsync(client, 7_000), SendAsync(client, 7_000), SendAsync(client, 7_000), SendAsync(client, 7_000)];
        await Eventually.TrueAsync(() => activator.State.Waiting == inside.Length, Limit);

        using var refused = await SendAsync(client, 7_000);

        Assert.Equal((HttpStatusCode.ServiceUnavailable, "headers of pending requests are too large\n"), (refused.StatusCode, await TextAsync(refused)));
        Assert.Contains("kxds_activator_refused_total{reason=\"header_budget\"} 1\n", await activator.MetricsAsync(), StringComparison.Ordinal);
        Assert.InRange(await HeldAsync(activator, "headers"), 28_000, 30_000);
        using var small = SendAsync(client, 10);
        await Eventually.TrueAsync(() => activator.State.Waiting == inside.Length + 1, Limit);
        activator.SetPods(pod.Endpoint());
        Assert.All(await Task.WhenAll([.. inside, small]).Within(Limit), answer => Assert.Equal(HttpStatusCode.OK, answer.StatusCode));
        await Eventually.TrueAsync(async () => await HeldAsync(activator, "headers") == 0, Limit);
        using var taken = await SendAsync(client, 7_000);
        Assert.Equal(HttpStatusCode.OK, taken.StatusCode);
    }

    [Fact]
    public async Task Headers_TooLargeOverHttp2_Are431AndTheConnectionGoesOn()
    {
        await using var pod = await FakePod.StartAsync(protocols: HttpProtocols.Http2);
        await using var activator = await TestActivator.StartAsync(options => options.HeaderBudgetBytes = 120_000);
        activator.AddRevision(protocol: AppProtocol.H2C);
        using var client = TestActivator.NewClient(activator.Http2, HttpVersion.Version20);
        var waiting = client.GetAsync(Root, TestContext.Current.CancellationToken);
        await Eventually.TrueAsync(() => activator.State.Waiting == 1, Limit);

        // Clients keep to what was announced when they came; the share of each is less meanwhile.
        var others = new List<RawClient>();
        for (var i = 0; i < 4; i++)
        {
            others.Add(await RawClient.ConnectAsync(activator.Http1));
        }

        using var refused = await SendAsync(client, 20_000);

        Assert.Equal(HttpStatusCode.RequestHeaderFieldsTooLarge, refused.StatusCode);
        others.ForEach(other => other.Dispose());
        activator.SetPods(pod.Endpoint());
        using var served = await waiting.Within(Limit);
        Assert.Equal(HttpStatusCode.OK, served.StatusCode);
        await Eventually.TrueAsync(async () => (await activator.MetricsAsync()).Contains("kxds_activator_refused_total{reason=\"headers_too_large\"} 1\n", StringComparison.Ordinal), Limit);
    }

    [Fact]
    public async Task Headers_OfAConnectionAmongMany_MayBeLess()
    {
        await using var pod = await FakePod.StartAsync();
        await using var activator = await TestActivator.StartAsync(options => options.HeaderBudgetBytes = 120_000);
        activator.AddRevision();
        activator.SetPods(pod.Endpoint());
        using (var alone = await SendAsync(activator.Client, 20_000))
        {
            Assert.Equal(HttpStatusCode.OK, alone.StatusCode);
        }

        var others = new List<RawClient>();
        for (var i = 0; i < 4; i++)
        {
            others.Add(await RawClient.ConnectAsync(activator.Http1));
        }

        await Eventually.TrueAsync(
            async () =>
            {
                using var among = await SendAsync(activator.Client, 20_000);
                return among.StatusCode == HttpStatusCode.RequestHeaderFieldsTooLarge;
            },
            Limit);
        others.ForEach(other => other.Dispose());
        await Eventually.TrueAsync(
            async () =>
            {
                using var again = await SendAsync(activator.Client, 20_000);
                return again.StatusCode == HttpStatusCode.OK;
            },
            Limit);
    }

    [Fact]
    public async Task Bodies_BeyondTheBudget_AreNotRememberedAndGivenBack()
    {
        var gate = new TaskCompletionSource();
        await using var pod = await FakePod.StartAsync(async context =>
        {
            using var body = new StreamReader(context.Request.Body);
            var text = await body.ReadToEndAsync();
            await gate.Task;
            await context.Response.WriteAsync(text);
        });
        await using var activator = await TestActivator.StartAsync(options => options.BodyBudgetBytes = 50_000);
        activator.AddRevision();
        activator.SetPods(pod.Endpoint());
        var text = new string('x', 20_000);
        var answers = Enumerable.Range(0, 3).Select(_ => PostAsync(activator.Client, text)).ToArray();
        await Eventually.TrueAsync(() => pod.MostRunning == 3, Limit);
        await Eventually.TrueAsync(async () => await HeldAsync(activator, "bodies") is > 0 and <= 50_000, Limit);

        gate.SetResult();

        Assert.All(await Task.WhenAll(answers).Within(Limit), answer => Assert.Equal(text, answer));
        await Eventually.TrueAsync(async () => await HeldAsync(activator, "bodies") == 0, Limit);
        Assert.Equal(0, await HeldAsync(activator, "transfers"));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task Responses_ThatNobodyTakes_GiveWayToLaterOnes(int version)
    {
        var part = new byte[16 << 10];
        const int Parts = 3 << 10;
        var given = 0;
        await using var pod = await FakePod.StartAsync(
            async context =>
            {
                for (var i = 0; i < Parts; i++)
                {
                    await context.Response.Body.WriteAsync(part, context.RequestAborted);
                    Interlocked.Increment(ref given);
                }
            },
            version == 2 ? HttpProtocols.Http2 : HttpProtocols.Http1);
        // One of them fits.
        await using var activator = await TestActivator.StartAsync(options => options.TransferBudgetBytes = version == 2 ? 140_000 : 20_000);
        activator.AddRevision(protocol: version == 2 ? AppProtocol.H2C : AppProtocol.Http1);
        activator.SetPods(pod.Endpoint());
        using var client = TestActivator.NewClient(activator.Http1, new Version(version, version == 1 ? 1 : 0));
        using var first = await client.GetAsync(Root, HttpCompletionOption.ResponseHeadersRead, TestContext.Current.CancellationToken);
        await Standstill.ReachedAsync(() => Volatile.Read(ref given), async () => await HeldAsync(activator, "transfers") > 0, Limit);

        using var second = await client.GetAsync(Root, HttpCompletionOption.ResponseHeadersRead, TestContext.Current.CancellationToken);

        await Eventually.TrueAsync(async () => (await activator.MetricsAsync()).Contains("kxds_activator_refused_total{reason=\"transfers\"} 1\n", StringComparison.Ordinal), Limit);
        Assert.Equal(Parts * part.Length, (await second.Content.ReadAsByteArrayAsync(TestContext.Current.CancellationToken).Within(Limit)).Length);
        await Assert.ThrowsAnyAsync<HttpRequestException>(() => first.Content.ReadAsByteArrayAsync(TestContext.Current.CancellationToken).Within(Limit));
        await Eventually.TrueAsync(async () => await HeldAsync(activator, "transfers") == 0, Limit);
    }

    [Fact]
    public async Task Uploads_ThatAPodDoesNotTake_GiveWayToLaterOnes()
    {
        // Held here: a connection that nobody reads and whose request waits for what nobody holds is collected as garbage, and so reset.
        var never = new TaskCompletionSource();
        await using var pod = await FakePod.StartAsync(async context =>
        {
            context.Features.GetRequiredFeature<IHttpMaxRequestBodySizeFeature>().MaxRequestBodySize = null;
            if (context.Request.Path == "/stuck")
            {
                await never.Task.WaitAsync(context.RequestAborted);
            }

            await context.Request.Body.CopyToAsync(Stream.Null, context.RequestAborted);
            await context.Response.WriteAsync("taken");
        });
        await using var activator = await TestActivator.StartAsync(options => options.TransferBudgetBytes = 100_000);
        activator.AddRevision();
        activator.SetPods(pod.Endpoint());
        // More than kernels keep for two connections: some give each 32 MiB to receive and 4 to send.
        const int Large = 128 << 20;
        await using var source = new LongStream(Large);
        var stuck = activator.Client.PostAsync(new Uri("/stuck", UriKind.Relative), new StreamContent(source), TestContext.Current.CancellationToken);
        // A busy machine stands still for a while too, before the transfer does.
        try
        {
            await Standstill.ReachedAsync(() => source.Given, async () => await HeldAsync(activator, "transfers") == 64 * 1024, Limit);
        }
        catch (TimeoutException)
        {
            Assert.Fail($"{source.Given} bytes given, {await HeldAsync(activator, "transfers")} held, {stuck.Status}, {activator.State}, {pod.Served} at the pod");
        }

        using var taken = await activator.Client.PostAsync(Root, new StreamContent(new LongStream(Large)), TestContext.Current.CancellationToken).Within(Limit);

        Assert.Equal("taken", await TextAsync(taken));
        await Assert.ThrowsAnyAsync<HttpRequestException>(() => stuck.Within(Limit));
        Assert.Contains("kxds_activator_refused_total{reason=\"transfers\"} 1\n", await activator.MetricsAsync(), StringComparison.Ordinal);
        await Eventually.TrueAsync(async () => await HeldAsync(activator, "transfers") == 0, Limit);
    }

    [Fact]
    public async Task Http2Connections_TooMany_AreClosedAndThoseOfHttp1Served()
    {
        await using var pod = await FakePod.StartAsync();
        await using var activator = await TestActivator.StartAsync(options => options.MaxHttp2Connections = 1);
        activator.AddRevision();
        activator.SetPods(pod.Endpoint());
        using var first = await RawClient.ConnectAsync(activator.Http2);
        await first.SayAsync("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
        // Its settings, which are the beginning of what the server says.
        await first.ReadUntilAsync("\u0004");

        using var second = await RawClient.ConnectAsync(activator.Http1);
        await second.SayAsync("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");

        Assert.Equal("", await second.ReadToEndAsync());
        Assert.Contains("kxds_activator_refused_total{reason=\"connections\"} 1\n", await activator.MetricsAsync(), StringComparison.Ordinal);
        Assert.Equal("hello", await activator.Client.GetStringAsync(Root, TestContext.Current.CancellationToken));
    }

    [Theory]
    [InlineData(1, 64 * 1024, 8 << 20, 5120)]
    [InlineData(512, 64 * 1024, 65_535, 16)]
    [InlineData(1024, 32 * 1024, 65_535, 16)]
    [InlineData(10_240, 8 * 1024, 65_535, 16)]
    public void Shares_ByTheNumberOfConnections_AreThoseOfTheDocumentation(int connections, int headers, int window, int streams)
    {
        var options = new ActivatorOptions();

        Assert.Equal((headers, window, streams), (ConnectionShares.HeaderBytes(options, connections), ConnectionShares.Window(options, connections), ConnectionShares.Streams(options, connections)));
    }

    private static Task<HttpResponseMessage> SendAsync(HttpClient client, int headerBytes)
    {
        var request = new HttpRequestMessage(HttpMethod.Get, Root) { Version = client.DefaultRequestVersion, VersionPolicy = HttpVersionPolicy.RequestVersionExact };
        request.Headers.Add("X-Large", new string('x', headerBytes));
        return client.SendAsync(request, TestContext.Current.CancellationToken);
    }

    private static async Task<string> PostAsync(HttpClient client, string text)
    {
        using var answer = await client.PostAsync(Root, new StringContent(text), TestContext.Current.CancellationToken);
        return await TextAsync(answer);
    }

    private static Task<string> TextAsync(HttpResponseMessage answer) => answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);

    private static async Task<long> HeldAsync(TestActivator activator, string kind)
    {
        var name = $"kxds_activator_held_bytes{{kind=\"{kind}\"}} ";
        var line = (await activator.MetricsAsync()).Split('\n').Single(line => line.StartsWith(name, StringComparison.Ordinal));
        return long.Parse(line[name.Length..], System.Globalization.CultureInfo.InvariantCulture);
    }
}
