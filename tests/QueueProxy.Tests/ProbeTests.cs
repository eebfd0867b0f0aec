using System.Net;
using System.Net.Sockets;
using System.Text;
using Knative.Xds.Core.Wire;
using Knative.Xds.Testing;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Knative.Xds.QueueProxy.Tests;

public sealed class ProbeTests
{
    [Fact]
    public async Task QueueProbe_NoUserProbe_IsReady()
    {
        await using var proxy = await Proxy.StartAsync(userPort: 1);

        using var response = await proxy.ProbeAsync();

        Assert.Equal((HttpStatusCode.OK, "queue"), (response.StatusCode, await response.Content.ReadAsStringAsync(Proxy.Token)));
    }

    [Theory]
    [InlineData("activator", "unexpected probe header value: activator\n")]
    [InlineData("", "unexpected probe header value: \n")]
    public async Task Probe_OtherValue_Is400(string value, string body)
    {
        await using var proxy = await Proxy.StartAsync(userPort: 1);

        using var response = await proxy.ProbeAsync(value);

        Assert.Equal((HttpStatusCode.BadRequest, body), (response.StatusCode, await response.Content.ReadAsStringAsync(Proxy.Token)));
    }

    [Fact]
    public async Task IngressProbe_WithHash_EchoesIt()
    {
        await using var proxy = await Proxy.StartAsync(userPort: 1);
        using var request = new HttpRequestMessage(HttpMethod.Get, "/healthz");
        request.Headers.Add(HeaderNames.NetworkProbe, ProbeValues.Ingress);
        request.Headers.Add(HeaderNames.NetworkHash, "abc");

        using var response = await proxy.Client.SendAsync(request, Proxy.Token);

        Assert.Equal((HttpStatusCode.OK, "abc"), (response.StatusCode, Assert.Single(response.Headers.GetValues(HeaderNames.NetworkHash))));
    }

    [Fact]
    public async Task AggressiveTcpProbe_UserStartsLater_IsAnsweredAsSoonAsItListens()
    {
        using var reserved = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        reserved.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        var port = ((IPEndPoint)reserved.LocalEndPoint!).Port;
        await using var proxy = await Proxy.StartAsync(port, options => options with { ReadinessProbe = $$"""{"tcpSocket":{"port":{{port}},"host":"127.0.0.1"},"successThreshold":1}""" });
        var probe = proxy.ProbeAsync();
        Assert.False(probe.IsCompleted);

        reserved.Listen();

        await Eventually.TrueAsync(() =>
        {
            proxy.Time.Advance(TimeSpan.FromMilliseconds(5));
            return probe.IsCompleted;
        });
        using var response = await probe;
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
    }

    [Fact]
    public async Task AggressiveProbe_NeverReady_GivesUpAfterTenSeconds()
    {
        await using var proxy = await Proxy.StartAsync(userPort: 1, options => options with { ReadinessProbe = """{"tcpSocket":{"port":1,"host":"127.0.0.1"},"successThreshold":1}""" });
        var start = proxy.Time.GetTimestamp();
        var probe = proxy.ProbeAsync();

        await Eventually.TrueAsync(() =>
        {
            proxy.Time.Advance(TimeSpan.FromMilliseconds(250));
            return probe.IsCompleted;
        });

        // The clock may run on by a few steps before the end is noticed.
        Assert.InRange(proxy.Time.GetElapsedTime(start), TimeSpan.FromSeconds(10), TimeSpan.FromSeconds(20));
        using var response = await probe;
        Assert.Equal((HttpStatusCode.ServiceUnavailable, ""), (response.StatusCode, await response.Content.ReadAsStringAsync(Proxy.Token)));
    }

    [Fact]
    public async Task Probe_NoProber_Is500()
    {
        var context = new DefaultHttpContext();
        context.Request.Headers.UserAgent = "kube-probe/1.36";
        context.Request.Headers[HeaderNames.NetworkProbe] = ProbeValues.Queue;
        context.Response.Body = new MemoryStream();
        using var drainer = new QueueProxy.Draining.Drainer(TimeProvider.System, TimeSpan.FromSeconds(30));

        await new QueueProxy.Handling.ProbeHandler(drainer, null, new QueueLimits(), new QueueProxy.Reporting.RefusalCounter()).AnswerAsync(context);

        Assert.Equal((500, "no probe\n"), (context.Response.StatusCode, System.Text.Encoding.UTF8.GetString(((MemoryStream)context.Response.Body).ToArray())));
    }

    [Fact]
    public async Task AggressiveProbe_Threshold_IsReachedByThatManySuccessesInARow()
    {
        var attempts = 0;
        await using var user = await UserContainer.StartAsync(context =>
        {
            context.Response.StatusCode = Interlocked.Increment(ref attempts) == 2 ? 500 : 200;
            return Task.CompletedTask;
        });
        await using var proxy = await Proxy.StartAsync(user.Port, options => options with
        {
            ReadinessProbe = $$"""{"httpGet":{"path":"/","port":{{user.Port}},"host":"127.0.0.1","scheme":"HTTP"},"successThreshold":3}""",
        });
        var probe = proxy.ProbeAsync();

        await Eventually.TrueAsync(() =>
        {
            proxy.Time.Advance(TimeSpan.FromMilliseconds(5));
            return probe.IsCompleted;
        });

        using var response = await probe;
        Assert.Equal((HttpStatusCode.OK, 5), (response.StatusCode, attempts));
    }

    [Fact]
    public async Task Probes_OfSeveralContainers_MustAllSucceed()
    {
        await using var ready = await UserContainer.StartAsync(_ => Task.CompletedTask);
        await using var broken = await UserContainer.StartAsync(context =>
        {
            context.Response.StatusCode = 500;
            return Task.CompletedTask;
        });

        Assert.Equal(HttpStatusCode.OK, await StatusAsync($$"""[{{Http(ready)}},{{Http(ready)}}]"""));
        Assert.Equal(HttpStatusCode.ServiceUnavailable, await StatusAsync($$"""[{{Http(ready)}},{{Http(broken)}}]"""));
        Assert.Equal(HttpStatusCode.ServiceUnavailable, await StatusAsync($$"""[{{Http(ready)}},null]"""));

        static string Http(UserContainer user) => $$"""{"httpGet":{"port":{{user.Port}},"host":"127.0.0.1"},"periodSeconds":1,"timeoutSeconds":20}""";

        async Task<HttpStatusCode> StatusAsync(string json)
        {
            await using var proxy = await Proxy.StartAsync(ready.Port, options => options with { ReadinessProbe = json });
            using var response = await proxy.ProbeAsync();
            return response.StatusCode;
        }
    }

    [Fact]
    public async Task HttpProbe_AutoDetection_AsksOverHttp2AndFallsBackToHttp1()
    {
        var seen = new System.Collections.Concurrent.ConcurrentQueue<string>();
        await using var http2 = await UserContainer.StartAsync(context => SeeAsync(context, seen), HttpProtocols.Http2);
        await using var http1 = await UserContainer.StartAsync(context => SeeAsync(context, seen));

        foreach (var user in new[] { http2, http1 })
        {
            await using var proxy = await Proxy.StartAsync(user.Port, options => options with
            {
                Http2AutoDetection = true,
                ReadinessProbe = $$"""{"httpGet":{"port":{{user.Port}},"host":"127.0.0.1","httpHeaders":[{"name":"X-Key","value":"v"}]},"periodSeconds":1,"timeoutSeconds":20}""",
            });
            using var response = await proxy.ProbeAsync();
            Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        }

        Assert.Equal(["HTTP/2 kube-probe//", "HTTP/2 v kube-probe//", "HTTP/1.1 kube-probe//"], seen);

        static Task SeeAsync(HttpContext context, System.Collections.Concurrent.ConcurrentQueue<string> seen)
        {
            seen.Enqueue(string.Join(' ', new[] { context.Request.Protocol, context.Request.Headers["X-Key"].ToString(), context.Request.Headers.UserAgent.ToString() }.Where(part => part.Length > 0)));
            return Task.CompletedTask;
        }
    }

    [Fact]
    public async Task Http2AutoDetection_UserThatSaysNothingToThePreface_IsProbedOverHttp1()
    {
        using var user = new TcpListener(IPAddress.Loopback, 0);
        user.Start();
        await using var proxy = await Proxy.StartAsync(((IPEndPoint)user.LocalEndpoint).Port, options => options with
        {
            Http2AutoDetection = true,
            ReadinessProbe = $$"""{"httpGet":{"port":{{((IPEndPoint)user.LocalEndpoint).Port}},"host":"127.0.0.1"},"periodSeconds":1,"timeoutSeconds":20}""",
        });
        var probe = proxy.ProbeAsync();
        using var silent = await user.AcceptTcpClientAsync(Proxy.Token);
        Assert.StartsWith("PRI * HTTP/2.0", await HeadAsync(silent), StringComparison.Ordinal);

        proxy.Time.Advance(TimeSpan.FromSeconds(20));

        using var second = await user.AcceptTcpClientAsync(Proxy.Token);
        Assert.StartsWith("GET / HTTP/1.1", await HeadAsync(second), StringComparison.Ordinal);
        await second.GetStream().WriteAsync("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"u8.ToArray(), Proxy.Token);
        using var response = await probe.Within(Proxy.Limit);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);

        static async Task<string> HeadAsync(TcpClient client)
        {
            var head = new byte[14];
            await client.GetStream().ReadExactlyAsync(head, Proxy.Token);
            return Encoding.ASCII.GetString(head);
        }
    }

    [Fact]
    public async Task KubeletProbe_OnTheTrafficPort_NeverReachesTheUser()
    {
        var requests = 0;
        await using var proxy = await Proxy.StartAsync(_ =>
        {
            Interlocked.Increment(ref requests);
            return Task.CompletedTask;
        });
        using var probe = new HttpRequestMessage(HttpMethod.Get, "/anything");
        probe.Headers.TryAddWithoutValidation("User-Agent", "kube-probe/1.36");
        probe.Headers.Add(HeaderNames.NetworkProbe, ProbeValues.Queue);

        using var response = await proxy.Client.SendAsync(probe, Proxy.Token);

        Assert.Equal((HttpStatusCode.OK, "queue", 0), (response.StatusCode, await response.Content.ReadAsStringAsync(Proxy.Token), requests));
    }

    [Fact]
    public async Task OtherProbe_OfAnUnknownClient_IsTheUsersButNobodysRequest()
    {
        await using var proxy = await Proxy.StartAsync(context => context.Response.WriteAsync("user"));
        using var probe = new HttpRequestMessage(HttpMethod.Get, "/");
        probe.Headers.Add(HeaderNames.NetworkProbe, "other");

        using var response = await proxy.Client.SendAsync(probe, Proxy.Token);

        Assert.Equal("user", await response.Content.ReadAsStringAsync(Proxy.Token));
        Assert.DoesNotContain("http_server_request_duration_seconds_count", await proxy.MetricsAsync(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/ready", HttpStatusCode.OK)]
    [InlineData("/broken", HttpStatusCode.ServiceUnavailable)]
    public async Task HttpProbe_WithPeriod_FollowsTheUsersAnswer(string path, HttpStatusCode expected)
    {
        await using var user = await UserContainer.StartAsync(context =>
        {
            context.Response.StatusCode = context.Request.Path == "/ready" && context.Request.Headers["X-Key"] == "v" ? 204 : 500;
            return Task.CompletedTask;
        });
        await using var proxy = await Proxy.StartAsync(user.Port, options => options with
        {
            ReadinessProbe = $$"""{"httpGet":{"path":"{{path}}","port":{{user.Port}},"host":"127.0.0.1","scheme":"HTTP","httpHeaders":[{"name":"X-Key","value":"v"}]},"periodSeconds":5,"timeoutSeconds":1}""",
        });

        using var response = await proxy.ProbeAsync();

        Assert.Equal(expected, response.StatusCode);
    }

    [Fact]
    public async Task HttpProbe_OnTheWire_IsThatOfUpstreamsClient()
    {
        using var user = RawUser.Start(_ => "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
        await using var proxy = await Proxy.StartAsync(user.Port, options => options with
        {
            ReadinessProbe = $$"""
                {"httpGet":{"path":"/a b?c=d#e%41(","port":{{user.Port}},"host":"127.0.0.1","httpHeaders":[
                    {"name":"Host","value":"h.example"},{"name":"User-Agent","value":"mine"},{"name":"Content-Type","value":"application/json"},
                    {"name":"Expires","value":"0"},{"name":"Content-Length","value":"7"},{"name":"X-Key","value":"v"}]},"periodSeconds":1,"timeoutSeconds":20}
                """,
        });

        using var response = await proxy.ProbeAsync();

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        var lines = Assert.Single(user.Heads).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal("GET /a%20b%3Fc=d%23e%2541%28 HTTP/1.1", lines[0]);
        Assert.Equal(
            ["Connection: close", "Content-Length: 0", "Content-Type: application/json", "Expires: 0", $"Host: 127.0.0.1:{user.Port}", "User-Agent: kube-probe//", "X-Key: v"],
            lines[1..].Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("not a host", "X-Key")]
    [InlineData("127.0.0.1", "not a name")]
    [InlineData("[", "X-Key")]
    public async Task HttpProbe_CannotBeSent_IsNotReady(string host, string header)
    {
        await using var user = await UserContainer.StartAsync(_ => Task.CompletedTask);
        await using var proxy = await Proxy.StartAsync(user.Port, options => options with
        {
            ReadinessProbe = $$"""{"httpGet":{"port":{{user.Port}},"host":"{{host}}","httpHeaders":[{"name":"{{header}}","value":"v"}]},"periodSeconds":1,"timeoutSeconds":20}""",
        });

        using var response = await proxy.ProbeAsync();

        Assert.Equal((HttpStatusCode.ServiceUnavailable, ""), (response.StatusCode, await response.Content.ReadAsStringAsync(Proxy.Token)));
    }

    [Theory]
    [InlineData("User-Agent", "Knative-Autoscaling-Probe", "queue", HttpStatusCode.OK, "queue")]
    [InlineData("K-Kubelet-Probe", "1", "queue", HttpStatusCode.OK, "queue")]
    [InlineData("User-Agent", "curl/8", "probe", HttpStatusCode.BadRequest, "a probe request must contain a non-empty \"K-Network-Hash\" header\n")]
    public async Task Probe_ByWhatItSays_IsAnsweredHere(string header, string value, string probe, HttpStatusCode status, string body)
    {
        await using var proxy = await Proxy.StartAsync(userPort: 1);
        using var request = new HttpRequestMessage(HttpMethod.Get, "/healthz");
        request.Headers.TryAddWithoutValidation(header, value);
        request.Headers.Add(HeaderNames.NetworkProbe, probe);

        using var response = await proxy.Client.SendAsync(request, Proxy.Token);

        Assert.Equal((status, body), (response.StatusCode, await response.Content.ReadAsStringAsync(Proxy.Token)));
        if (status == HttpStatusCode.BadRequest)
            Assert.Equal(("text/plain; charset=utf-8", "nosniff"), (response.Content.Headers.ContentType?.ToString(), Assert.Single(response.Headers.GetValues("X-Content-Type-Options"))));
    }

    [Theory]
    [InlineData(1, HttpStatusCode.OK)]
    [InlineData(2, HttpStatusCode.ServiceUnavailable)]
    public async Task GrpcProbe_HealthStatus_Decides(byte status, HttpStatusCode expected)
    {
        await using var user = await UserContainer.StartAsync(
            async context =>
            {
                using var request = new MemoryStream();
                await context.Request.Body.CopyToAsync(request);
                var known = request.ToArray() is [0, 0, 0, 0, 5, 10, 3, (byte)'a', (byte)'p', (byte)'i'] && context.Request.Path == "/grpc.health.v1.Health/Check";
                context.Response.ContentType = "application/grpc";
                await context.Response.Body.WriteAsync(new byte[] { 0, 0, 0, 0, 2, 8, known ? status : (byte)3 });
                context.Response.AppendTrailer("grpc-status", "0");
            },
            HttpProtocols.Http2);
        await using var proxy = await Proxy.StartAsync(user.Port, options => options with { ReadinessProbe = $$"""{"grpc":{"port":{{user.Port}},"service":"api"},"periodSeconds":5,"timeoutSeconds":1}""" });

        using var response = await proxy.ProbeAsync();

        Assert.Equal(expected, response.StatusCode);
    }
}
