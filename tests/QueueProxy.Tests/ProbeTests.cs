using System.Net;
using System.Net.Sockets;
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
        var probe = proxy.ProbeAsync();

        await Eventually.TrueAsync(() =>
        {
            proxy.Time.Advance(TimeSpan.FromSeconds(1));
            return probe.IsCompleted;
        });

        using var response = await probe;
        Assert.Equal((HttpStatusCode.ServiceUnavailable, ""), (response.StatusCode, await response.Content.ReadAsStringAsync(Proxy.Token)));
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
