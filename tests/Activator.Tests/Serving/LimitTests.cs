using System.Net;
using System.Text;
using Knative.Xds.Activator.Tests.Fakes;
using Knative.Xds.Core.Model;
using Knative.Xds.Core.Wire;
using Knative.Xds.Testing;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Knative.Xds.Activator.Tests.Serving;

/// <summary>Whatever clients do, memory is bounded by configuration: they are turned away with the right status, it is counted, and nobody else notices.</summary>
public sealed class LimitTests
{
    private const int Crowd = 10_000;
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task Waiting_TenThousandRequestsWhereHalfMayWait_TheOthersGet503AndAnotherRevisionIsServed()
    {
        await using var pod = await FakePod.StartAsync(protocols: HttpProtocols.Http2);
        await using var activator = await TestActivator.StartAsync(options =>
        {
            (options.MaxRequests, options.MaxWaiting) = (5 * Crowd, Crowd);
            options.MaxWaitingPerRevision = Crowd / 2;
        });
        var other = new ObjectKey("default", "other-00001");
        activator.AddRevision(protocol: AppProtocol.H2C);
        activator.AddRevision(protocol: AppProtocol.H2C, key: other);
        activator.Revisions.SetPods(other, [pod.Endpoint()]);
        using var client = TestActivator.NewClient(activator.Http2, HttpVersion.Version20);
        var requests = Enumerable.Range(0, Crowd).Select(_ => client.GetAsync("/", TestContext.Current.CancellationToken)).ToArray();
        await Eventually.TrueAsync(() => requests.Count(request => request.IsCompleted) == Crowd / 2, Limit);

        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(activator.Client.BaseAddress!, "/")) { Version = HttpVersion.Version20, VersionPolicy = HttpVersionPolicy.RequestVersionExact };
        request.Headers.Add(HeaderNames.RevisionNamespace, other.Namespace);
        request.Headers.Add(HeaderNames.RevisionName, other.Name);
        using var plain = new HttpClient();
        using var served = await plain.SendAsync(request, TestContext.Current.CancellationToken);

        Assert.Equal("hello", await served.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
        Assert.All(requests.Where(request => request.IsCompleted), request => Assert.Equal(HttpStatusCode.ServiceUnavailable, request.Result.StatusCode));
        Assert.Contains($"kxds_activator_refused_total{{reason=\"queue_full\"}} {Crowd / 2}", await activator.MetricsAsync(), StringComparison.Ordinal);
        activator.SetPods(pod.Endpoint());
        var answers = await Task.WhenAll(requests).Within(Limit);
        Assert.Equal(Crowd / 2, answers.Count(answer => answer.StatusCode == HttpStatusCode.OK));
    }

    [Fact]
    public async Task Revisions_AHundredThousandNamedInHeaders_AreAll404AndLeaveNothing()
    {
        await using var pod = await FakePod.StartAsync();
        await using var activator = await TestActivator.StartAsync();
        activator.AddRevision();
        activator.SetPods(pod.Endpoint());
        var before = (await activator.MetricsAsync()).Split('\n').Length;

        await Task.WhenAll(Enumerable.Range(0, 4).Select(i => NameRevisionsAsync(activator, i * 25_000, 25_000))).Within(Limit);

        Assert.Single(activator.Revisions.All);
        var metrics = await activator.MetricsAsync();
        Assert.Contains("kxds_activator_refused_total{reason=\"unknown_revision\"} 100000", metrics, StringComparison.Ordinal);
        Assert.InRange(metrics.Split('\n').Length, before, before + 20);
        Assert.DoesNotContain(activator.Autoscaler.Messages, message => message.Key != TestActivator.Revision);
        Assert.Equal("hello", await activator.Client.GetStringAsync("/", TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task Headers_TooLarge_Are431()
    {
        await using var activator = await TestActivator.StartAsync(options => options.MaxHeaderBytes = 32 * 1024);
        using var client = await RawClient.ConnectAsync(activator.Http1);

        await client.SayAsync($"GET / HTTP/1.1\r\nHost: a\r\nX-Large: {new string('x', 40 * 1024)}\r\n\r\n");

        AssertEmptyAndClosed("HTTP/1.1 431 Request Header Fields Too Large", await client.ReadToEndAsync());
        await Eventually.TrueAsync(async () => (await activator.MetricsAsync()).Contains("kxds_activator_refused_total{reason=\"headers_too_large\"} 1", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Headers_NeverComplete_Are408AfterTheirTime()
    {
        await using var pod = await FakePod.StartAsync();
        await using var activator = await TestActivator.StartAsync(options => options.HeadersTimeout = TimeSpan.FromSeconds(1));
        activator.AddRevision();
        activator.SetPods(pod.Endpoint());
        var slow = new List<RawClient>();
        for (var i = 0; i < 50; i++)
        {
            slow.Add(await RawClient.ConnectAsync(activator.Http1));
            await slow[i].SayAsync("GET / HTTP/1.1\r\nHost: a\r\nX-Slow: ");
        }

        using var half = await RawClient.ConnectAsync(activator.Http2);
        await half.SayAsync("PRI * HTTP/2.0\r\n");
        Assert.Equal("hello", await activator.Client.GetStringAsync("/", TestContext.Current.CancellationToken));

        foreach (var client in slow)
        {
            AssertEmptyAndClosed("HTTP/1.1 408 Request Timeout", await client.ReadToEndAsync());
            client.Dispose();
        }

        Assert.Equal("", await half.ReadToEndAsync());
        await Eventually.TrueAsync(async () => (await activator.MetricsAsync()).Contains("kxds_activator_refused_total{reason=\"headers_timeout\"} 51", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Connections_ThatSayNothing_AreClosedAfterTheTimeOfHeaders()
    {
        await using var activator = await TestActivator.StartAsync(options => options.HeadersTimeout = TimeSpan.FromSeconds(1));
        using var http1 = await RawClient.ConnectAsync(activator.Http1);
        using var http2 = await RawClient.ConnectAsync(activator.Http2);

        Assert.Equal("", await http1.ReadToEndAsync());
        Assert.Equal("", await http2.ReadToEndAsync());

        await Eventually.TrueAsync(async () => (await activator.MetricsAsync()).Contains("kxds_activator_refused_total{reason=\"headers_timeout\"} 2", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Connections_TooMany_AreClosedAndTheOthersServed()
    {
        await using var pod = await FakePod.StartAsync();
        await using var activator = await TestActivator.StartAsync(options => options.MaxConnections = 2);
        activator.AddRevision();
        activator.SetPods(pod.Endpoint());
        Assert.Equal("hello", await activator.Client.GetStringAsync("/", TestContext.Current.CancellationToken));
        using var second = await RawClient.ConnectAsync(activator.Http2);
        await second.SayAsync("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
        Assert.StartsWith("HTTP/1.1 404 ", await second.ReadUntilAsync("\r\n\r\n"), StringComparison.Ordinal);

        using var third = await RawClient.ConnectAsync(activator.Http1);

        Assert.Equal("", await third.ReadToEndAsync());
        Assert.Equal("hello", await activator.Client.GetStringAsync("/", TestContext.Current.CancellationToken));
        Assert.Contains("kxds_activator_refused_total{reason=\"connections\"} 1", await activator.MetricsAsync(), StringComparison.Ordinal);
        second.Dispose();
        await Eventually.TrueAsync(async () =>
        {
            using var next = await RawClient.ConnectAsync(activator.Http1);
            await next.SayAsync("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
            return (await next.ReadUntilAsync("\r\n\r\n")).StartsWith("HTTP/1.1 404 ", StringComparison.Ordinal);
        });
    }

    [Fact]
    public async Task Requests_TooManyInside_Are503()
    {
        await using var activator = await TestActivator.StartAsync(options => options.MaxRequests = 2);
        activator.AddRevision();
        _ = activator.Client.GetAsync("/1", TestContext.Current.CancellationToken);
        _ = activator.Client.GetAsync("/2", TestContext.Current.CancellationToken);
        await Eventually.TrueAsync(() => activator.State.Waiting == 2);

        using var response = await activator.Client.GetAsync("/3", TestContext.Current.CancellationToken);

        Assert.Equal(
            (HttpStatusCode.ServiceUnavailable, "pending request queue full\n", "text/plain; charset=utf-8", "nosniff"),
            (response.StatusCode, await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken), response.Content.Headers.ContentType?.ToString(), Assert.Single(response.Headers.GetValues("X-Content-Type-Options"))));
        Assert.Contains("kxds_activator_refused_total{reason=\"requests\"} 1", await activator.MetricsAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Request_Malformed_Is400()
    {
        await using var activator = await TestActivator.StartAsync();
        using var client = await RawClient.ConnectAsync(activator.Http1);

        await client.SayAsync("GET nonsense\r\n\r\n");

        Assert.StartsWith("HTTP/1.1 400 ", await client.ReadUntilAsync("\r\n\r\n"), StringComparison.Ordinal);
        await Eventually.TrueAsync(async () => (await activator.MetricsAsync()).Contains("kxds_activator_refused_total{reason=\"bad_request\"} 1", StringComparison.Ordinal));
    }

    private static void AssertEmptyAndClosed(string status, string answer)
    {
        Assert.StartsWith(status + "\r\n", answer, StringComparison.Ordinal);
        Assert.Contains("Content-Length: 0\r\n", answer, StringComparison.Ordinal);
        Assert.Contains("Connection: close\r\n", answer, StringComparison.Ordinal);
        Assert.EndsWith("\r\n\r\n", answer, StringComparison.Ordinal);
    }

    private static async Task NameRevisionsAsync(TestActivator activator, int first, int count)
    {
        const int Burst = 250;
        using var client = new System.Net.Sockets.TcpClient();
        await client.ConnectAsync(activator.Http1, TestContext.Current.CancellationToken);
        using var reader = new StreamReader(client.GetStream(), Encoding.ASCII);
        for (var start = first; start < first + count; start += Burst)
        {
            var burst = string.Concat(Enumerable.Range(start, Burst).Select(i => $"GET / HTTP/1.1\r\nHost: a\r\n{HeaderNames.RevisionNamespace}: ns-{i}\r\n{HeaderNames.RevisionName}: rev-{i}\r\n\r\n"));
            await client.GetStream().WriteAsync(Encoding.ASCII.GetBytes(burst), TestContext.Current.CancellationToken);
            for (var answers = 0; answers < Burst;)
            {
                answers += (await reader.ReadLineAsync(TestContext.Current.CancellationToken))!.StartsWith("HTTP/1.1 404", StringComparison.Ordinal) ? 1 : 0;
            }
        }
    }
}
