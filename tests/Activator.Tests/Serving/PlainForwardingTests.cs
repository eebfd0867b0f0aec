using System.Diagnostics;
using System.Net;
using Knative.Xds.Activator.Tests.Fakes;
using Knative.Xds.Core.Wire;
using Knative.Xds.Testing;

namespace Knative.Xds.Activator.Tests.Serving;

/// <summary>Requests without a body, byte by byte on both sides.</summary>
public sealed class PlainForwardingTests
{
    private const string Ok = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);
    private static readonly string Head = $"Host: a\r\n{HeaderNames.RevisionNamespace}: {TestActivator.Revision.Namespace}\r\n{HeaderNames.RevisionName}: {TestActivator.Revision.Name}\r\n";

    [Theory]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 2\r\nX-Own: 1\r\n\r\nok", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nX-Own: 1\r\n\r\nok")]
    [InlineData("HTTP/1.1 200 OK\nContent-Length:2\nX-Own:\t1 \n\nok", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nX-Own: 1\r\n\r\nok")]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1;a=b\r\no\r\n01\r\nk\r\n0\r\nX-Trailer: 1\r\n\r\n", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\no\r\n1\r\nk\r\n0\r\n\r\n")]
    [InlineData("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")]
    [InlineData("HTTP/1.1 204 No Content\r\n\r\n", "HTTP/1.1 204 No Content\r\n\r\n")]
    [InlineData("HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\n", "HTTP/1.1 204 No Content\r\n\r\n")]
    [InlineData("HTTP/1.1 304 Not Modified\r\nContent-Length: 12\r\nETag: \"1\"\r\n\r\n", "HTTP/1.1 304 Not Modified\r\nContent-Length: 12\r\nETag: \"1\"\r\n\r\n")]
    [InlineData("HTTP/1.1 418 Short And Stout\r\nContent-Length: 0\r\n\r\n", "HTTP/1.1 418 Short And Stout\r\nContent-Length: 0\r\n\r\n")]
    [InlineData("HTTP/1.1 200\r\nContent-Length: 0\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nConnection: X-Private, keep-alive\r\nX-Private: 1\r\nKeep-Alive: 5\r\nProxy-Authenticate: a\r\nContent-Length: 0\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nSet-Cookie: a=1\r\nSet-Cookie: b=2\r\nX-Latin: \u00e9\r\nContent-Length: 0\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nSet-Cookie: a=1\r\nSet-Cookie: b=2\r\nX-Latin: \u00e9\r\n\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 2\r\n\r\nok", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")]
    public async Task Response_ComesThroughAndTheConnectionIsUsedAgain(string says, string expected)
    {
        await using var pod = ScriptedPod.Saying(says);
        await using var activator = await StartAsync(pod);
        using var client = await RawClient.ConnectAsync(activator.Http1);

        await client.SayAsync($"GET / HTTP/1.1\r\n{Head}\r\n");
        await Eventually.TrueAsync(() => activator.State.InFlight == 0 && pod.Requests.Count == 1);
        await client.SayAsync($"GET /2 HTTP/1.1\r\n{Head}Connection: close\r\n\r\n");

        // Both answers are the same, but for what the second says of its connection.
        var seen = Undated(await client.ReadToEndAsync());
        Assert.Equal(Sorted(expected), Sorted(seen[..seen.LastIndexOf("HTTP/1.1", StringComparison.Ordinal)]));
        Assert.Equal([0, 0], pod.Requests.Select(request => request.Connection));
    }

    [Theory]
    [InlineData(1000, 1, 2)]
    [InlineData(2, 100, 1)]
    public async Task Connections_MoreThanMayBeIdle_AreClosed(int most, int mostOfAPod, int closed)
    {
        var gate = new TaskCompletionSource();
        await using var pod = ScriptedPod.Start(async request =>
        {
            await gate.Task;
            await request.SayAsync(Ok);
        });
        await using var activator = await TestActivator.StartAsync(options => (options.MaxIdleConnections, options.MaxIdleConnectionsPerPod) = (most, mostOfAPod));
        activator.AddRevision();
        activator.SetPods(pod.Endpoint);
        var answers = Enumerable.Range(0, 3).Select(_ => activator.Client.GetStringAsync("/", TestContext.Current.CancellationToken)).ToArray();
        await Eventually.TrueAsync(() => pod.Requests.Count == 3, Limit);

        gate.SetResult();

        Assert.Equal(["ok", "ok", "ok"], await Task.WhenAll(answers).Within(Limit));
        await Eventually.TrueAsync(() => pod.Ended == closed, Limit);
        Assert.Equal("ok", await activator.Client.GetStringAsync("/", TestContext.Current.CancellationToken));
        Assert.Contains(pod.Requests[^1].Connection, new[] { 0, 1, 2 });
        Assert.Equal(closed, pod.Ended);
    }

    [Theory]
    [InlineData("HTTP/1.1 200 OK\r\n\r\nrest", "rest")]
    [InlineData("HTTP/1.0 200 OK\r\n\r\nrest", "rest")]
    [InlineData("HTTP/1.0 200 OK\r\nContent-Length: 4\r\n\r\nrest", "rest")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 4\r\nConnection: close\r\n\r\nrest", "rest")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nrest and more", "rest")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 9\r\nTransfer-Encoding: Chunked\r\n\r\n4\r\nrest\r\n0\r\n\r\n", "rest")]
    public async Task Response_AfterWhichTheConnectionIsOver_ComesThroughAndTheNextRequestTakesAnother(string says, string expected)
    {
        await using var pod = ScriptedPod.Start(async request =>
        {
            await request.SayAsync(says);
            request.Close();
        });
        await using var activator = await StartAsync(pod);

        Assert.Equal(expected, await activator.Client.GetStringAsync("/1", TestContext.Current.CancellationToken));
        Assert.Equal(expected, await activator.Client.GetStringAsync("/2", TestContext.Current.CancellationToken));
        Assert.Equal([0, 1], pod.Requests.Select(request => request.Connection));
    }

    [Theory]
    [InlineData("")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Le")]
    [InlineData("SSH-2.0-OpenSSH\r\n\r\n")]
    [InlineData("HTTP/1.1 abc OK\r\n\r\n")]
    [InlineData("HTTP/2.0 200 OK\r\n\r\n")]
    [InlineData("HTTP/1.1 101 Switching Protocols\r\nUpgrade: a\r\nConnection: upgrade\r\n\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nno colon\r\n\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\n: no name\r\n\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nX-Name : 1\r\n\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nX-Name: 1\r\n folded\r\n\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nX-Name: \u0001\r\n\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: +1\r\n\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\na")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999\r\n\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n")]
    public async Task Response_ThatIsNone_Is502(string says)
    {
        await using var pod = ScriptedPod.Start(async request =>
        {
            await request.SayAsync(says);
            request.Close();
        });
        await using var activator = await StartAsync(pod);

        using var response = await activator.Client.GetAsync("/", TestContext.Current.CancellationToken);

        Assert.Equal(HttpStatusCode.BadGateway, response.StatusCode);
        Assert.Equal("text/plain; charset=utf-8", response.Content.Headers.ContentType!.ToString());
        Assert.Single(pod.Requests);
    }

    [Fact]
    public async Task Response_WithHeadersWithoutEnd_Is502()
    {
        await using var pod = ScriptedPod.Start(async request =>
        {
            await request.SayAsync("HTTP/1.1 200 OK\r\n");
            while (true)
            {
                await request.SayAsync($"X-Long: {new string('a', 100_000)}\r\n");
            }
        });
        await using var activator = await StartAsync(pod);

        using var response = await activator.Client.GetAsync("/", TestContext.Current.CancellationToken).Within(Limit);

        Assert.Equal(HttpStatusCode.BadGateway, response.StatusCode);
    }

    [Theory]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\npart", "part")]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\npart\r\n", "4\r\npart\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\npart\r\n4\r\nbr", "4\r\npart\r\n2\r\nbr\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\npart\r\nxyz\r\n", "4\r\npart\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\npartly\r\n", "4\r\npart\r\n")]
    public async Task Body_ThatBreaksOff_BreaksOffTheClients(string says, string expected)
    {
        await using var pod = ScriptedPod.Start(async request =>
        {
            await request.SayAsync(says);
            request.Close();
        });
        await using var activator = await StartAsync(pod);
        using var client = await RawClient.ConnectAsync(activator.Http1);

        await client.SayAsync($"GET / HTTP/1.1\r\n{Head}\r\n");

        // The server may drop what it has not sent when a connection is cut.
        var seen = await client.ReadToEndAsync().Within(Limit);
        Assert.StartsWith(seen[(seen.IndexOf("\r\n\r\n", StringComparison.Ordinal) is >= 0 and var end ? end + 4 : seen.Length)..], expected, StringComparison.Ordinal);
        await Eventually.TrueAsync(() => activator.State.InFlight == 0);
    }

    [Fact]
    public async Task Response_ThatComesByteByByte_ComesThrough()
    {
        await using var pod = ScriptedPod.Start(async request =>
        {
            foreach (var letter in "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\nA: b\r\n\r\n")
            {
                await request.SayAsync(letter.ToString());
            }
        });
        await using var activator = await StartAsync(pod);

        Assert.Equal("ok", await activator.Client.GetStringAsync("/", TestContext.Current.CancellationToken).Within(Limit));
        Assert.Equal("ok", await activator.Client.GetStringAsync("/", TestContext.Current.CancellationToken).Within(Limit));
    }

    [Fact]
    public async Task Body_OfSomeMegabytes_ComesThroughWhole()
    {
        var body = string.Concat(Enumerable.Range(0, 400_000).Select(number => (char)('a' + number % 23)));
        await using var pod = ScriptedPod.Saying($"HTTP/1.1 200 OK\r\nContent-Length: {10 * body.Length}\r\n\r\n{string.Concat(Enumerable.Repeat(body, 10))}");
        await using var activator = await StartAsync(pod);

        Assert.Equal(string.Concat(Enumerable.Repeat(body, 10)), await activator.Client.GetStringAsync("/", TestContext.Current.CancellationToken).Within(Limit));
    }

    [Fact]
    public async Task Head_IsAnsweredWithoutBody()
    {
        await using var pod = ScriptedPod.Saying("HTTP/1.1 200 OK\r\nContent-Length: 12\r\nX-Own: 1\r\n\r\n");
        await using var activator = await StartAsync(pod);
        using var request = new HttpRequestMessage(HttpMethod.Head, "/");

        using var response = await activator.Client.SendAsync(request, TestContext.Current.CancellationToken);

        Assert.Equal((HttpStatusCode.OK, 12L, "1"), (response.StatusCode, response.Content.Headers.ContentLength, response.Headers.GetValues("X-Own").Single()));
        using var next = await activator.Client.SendAsync(new HttpRequestMessage(HttpMethod.Head, "/"), TestContext.Current.CancellationToken);
        Assert.Equal([0, 0], pod.Requests.Select(seen => seen.Connection));
    }

    [Fact]
    public async Task KeptConnection_ThatEndedMeanwhile_TheRequestGoesOverAnother()
    {
        await using var pod = ScriptedPod.Start(async request =>
        {
            // The second one on a connection meets its end, before any answer.
            if (!request.Head.StartsWith("GET /second ", StringComparison.Ordinal) || request.Connection > 0)
            {
                await request.SayAsync(Ok);
                return;
            }

            request.Close();
        });
        await using var activator = await StartAsync(pod);

        Assert.Equal("ok", await activator.Client.GetStringAsync("/first", TestContext.Current.CancellationToken));
        Assert.Equal("ok", await activator.Client.GetStringAsync("/second", TestContext.Current.CancellationToken));
        Assert.Equal([0, 0, 1], pod.Requests.Select(request => request.Connection));
    }

    [Fact]
    public async Task KeptConnection_ThatEndedWhileIdle_IsNotUsed()
    {
        await using var pod = ScriptedPod.Start(async request =>
        {
            // Some servers say so when they close an idle connection.
            await request.SayAsync(Ok);
            await request.SayAsync("HTTP/1.1 408 Request Timeout\r\nContent-Length: 0\r\n\r\n");
            request.Close();
        });
        await using var activator = await StartAsync(pod);
        Assert.Equal("ok", await activator.Client.GetStringAsync("/1", TestContext.Current.CancellationToken));
        var answered = Stopwatch.GetTimestamp();
        await Eventually.TrueAsync(() => Stopwatch.GetElapsedTime(answered) > TimeSpan.FromMilliseconds(100));

        Assert.Equal("ok", await activator.Client.GetStringAsync("/2", TestContext.Current.CancellationToken));
        Assert.Equal([0, 1], pod.Requests.Select(request => request.Connection));
    }

    [Fact]
    public async Task KeptConnection_IdleForTooLong_IsClosed()
    {
        await using var pod = ScriptedPod.Saying(Ok);
        await using var activator = await StartAsync(pod, TimeSpan.FromMilliseconds(300));

        Assert.Equal("ok", await activator.Client.GetStringAsync("/", TestContext.Current.CancellationToken));

        await Eventually.TrueAsync(() => pod.Ended == 1, Limit);
    }

    [Fact]
    public async Task NewConnection_ThatEndsBeforeAnAnswer_IsNotTriedAgain()
    {
        await using var pod = ScriptedPod.Start(request =>
        {
            request.Close();
            return Task.CompletedTask;
        });
        await using var activator = await StartAsync(pod);

        using var response = await activator.Client.GetAsync("/", TestContext.Current.CancellationToken);

        Assert.Equal(HttpStatusCode.BadGateway, response.StatusCode);
        Assert.Single(pod.Requests);
    }

    [Fact]
    public async Task Request_SaysWhatThePodIsToSeeAndNothingElse()
    {
        await using var pod = ScriptedPod.Saying(Ok);
        await using var activator = await StartAsync(pod);
        using var client = await RawClient.ConnectAsync(activator.Http1);

        await client.SayAsync($"GET /a%2f?b=%7e HTTP/1.1\r\nX-First: 1\r\n{Head}Proxy-Authorization: x\r\nKeep-Alive: 5\r\nContent-Length: 0\r\nX-Forwarded-For: 192.0.2.1\r\nX-Forwarded-For: 192.0.2.2\r\nX-Two: a\r\nX-Two: b\r\nX(Bad): 1\r\nX-Latin: \u00e9\r\nUpgrade-Insecure-Requests: 1\r\nConnection: keep-alive\r\n\r\n");

        Assert.EndsWith("ok", await client.ReadUntilAsync("\r\n\r\nok"), StringComparison.Ordinal);
        var lines = pod.Requests[0].Head.Split("\r\n", StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(["GET /a%2f?b=%7e HTTP/1.1", $"Host: {pod.Endpoint.Address}:{pod.Endpoint.Ports[Ports.NameHttp]}"], lines[..2]);
        Assert.Equal(
            ["K-Original-Host: a", "K-Proxy-Request: activator", "Upgrade-Insecure-Requests: 1", "X-First: 1", "X-Forwarded-For: 192.0.2.1, 192.0.2.2, 127.0.0.1", "X-Latin: \u00e9", "X-Two: a", "X-Two: b"],
            lines[2..].Order(StringComparer.Ordinal));
    }

    // Our server adds a date of its own where there is none.
    private static string Undated(string text) => string.Concat(text.Split("\r\n").Where(line => !line.StartsWith("Date: ", StringComparison.Ordinal)).Select(line => line + "\r\n"))[..^2];

    // The server has an order of its own for headers.
    private static string Sorted(string response)
    {
        var end = response.IndexOf("\r\n\r\n", StringComparison.Ordinal);
        var lines = response[..end].Split("\r\n");
        return string.Join("\r\n", lines[1..].Order(StringComparer.Ordinal).Prepend(lines[0])) + response[end..];
    }

    private static async Task<TestActivator> StartAsync(ScriptedPod pod, TimeSpan? idleTimeout = null)
    {
        var activator = await TestActivator.StartAsync(options => options.ConnectionIdleTimeout = idleTimeout ?? options.ConnectionIdleTimeout);
        activator.AddRevision();
        activator.SetPods(pod.Endpoint);
        return activator;
    }
}
