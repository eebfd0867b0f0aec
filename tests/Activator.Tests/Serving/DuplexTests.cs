using System.Net;
using Knative.Xds.Activator.Tests.Fakes;
using Knative.Xds.Core.Wire;
using Knative.Xds.Testing;
using Microsoft.AspNetCore.Http;

namespace Knative.Xds.Activator.Tests.Serving;

/// <summary>HTTP/1.1 responses that begin before their requests have ended.</summary>
public sealed class DuplexTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);
    private static readonly string Head = $"Host: a\r\n{HeaderNames.RevisionNamespace}: {TestActivator.Revision.Namespace}\r\n{HeaderNames.RevisionName}: {TestActivator.Revision.Name}\r\n";

    [Fact]
    public async Task Http1_BothDirectionsAtOnce_AreForwardedWithoutWaiting()
    {
        HeaderDictionary? seen = null;
        await using var pod = await FakePod.StartAsync(context =>
        {
            seen = new HeaderDictionary(context.Request.Headers.ToDictionary(StringComparer.OrdinalIgnoreCase));
            context.Response.Headers["X-Answer"] = "yes";
            return EchoAsync(context);
        });
        await using var activator = await StartAsync(pod);
        using var client = await RawClient.ConnectAsync(activator.Http1);

        await client.SayAsync($"POST /echo?a=b HTTP/1.1\r\n{Head}Transfer-Encoding: chunked\r\nX-Kept: 1\r\n\r\n3\r\none\r\n");
        Assert.Contains("X-Answer: yes\r\n", await client.ReadUntilAsync("one"), StringComparison.Ordinal);
        await client.SayAsync("3\r\ntwo\r\n");
        Assert.Contains("two", await client.ReadUntilAsync("two"), StringComparison.Ordinal);
        await client.SayAsync("0\r\n\r\n");

        Assert.EndsWith("0\r\n\r\n", await client.ReadUntilAsync("\r\n0\r\n\r\n"), StringComparison.Ordinal);
        Assert.Equal(["activator", "a", "1"], new[] { seen![HeaderNames.ProxyRequest].ToString(), seen[HeaderNames.OriginalHost].ToString(), seen["X-Kept"].ToString() });
        await Eventually.TrueAsync(() => activator.State.InFlight == 0);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Http1_BodyOfKnownLength_IsEchoed(bool announced)
    {
        await using var pod = await FakePod.StartAsync(async context =>
        {
            using var body = new MemoryStream();
            await context.Request.Body.CopyToAsync(body);
            context.Response.ContentLength = announced ? body.Length : null;
            await context.Response.Body.WriteAsync(body.ToArray());
        });
        await using var activator = await StartAsync(pod);
        var sent = new byte[300_000];
        Random.Shared.NextBytes(sent);

        using var response = await activator.Client.PostAsync("/", new ByteArrayContent(sent), TestContext.Current.CancellationToken);

        Assert.Equal(sent, await response.Content.ReadAsByteArrayAsync(TestContext.Current.CancellationToken));
        Assert.Equal(announced ? null : true, response.Headers.TransferEncodingChunked);
    }

    [Fact]
    public async Task Http1_ResponseNamesHeadersOfItsHop_TheyGoNoFurther()
    {
        await using var pod = ScriptedPod.Saying("HTTP/1.1 200 OK\r\nConnection: close, X-Hop\r\nX-Hop: 1\r\nProxy-Authenticate: a\r\nX-Own: 1\r\nContent-Length: 2\r\n\r\nok");
        await using var activator = await TestActivator.StartAsync();
        activator.AddRevision(fullDuplex: true);
        activator.SetPods(pod.Endpoint);
        using var client = await RawClient.ConnectAsync(activator.Http1);

        await client.SayAsync($"POST / HTTP/1.1\r\n{Head}Content-Length: 1\r\nConnection: close\r\n\r\nx");

        var answer = await client.ReadToEndAsync();
        Assert.EndsWith("\r\n\r\nok", answer, StringComparison.Ordinal);
        Assert.Contains("X-Own: 1\r\n", answer, StringComparison.Ordinal);
        Assert.DoesNotContain("X-Hop", answer, StringComparison.Ordinal);
        Assert.DoesNotContain("Proxy-Authenticate", answer, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Http1_PodGone_WaitsForAnotherOne()
    {
        await using var dying = await FakePod.StartAsync(EchoAsync);
        await using var activator = await StartAsync(dying);
        using var first = await activator.Client.PostAsync("/", new StringContent("x"), TestContext.Current.CancellationToken);
        await dying.DisposeAsync();
        var request = activator.Client.PostAsync("/", new StringContent("again"), TestContext.Current.CancellationToken);
        await Eventually.TrueAsync(() => activator.State is { Waiting: 1, HealthyPods: 0 });

        await using var other = await FakePod.StartAsync(EchoAsync);
        activator.SetPods(other.Endpoint());

        using var response = await request.Within(Limit);
        Assert.Equal("again", await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task Http1_PodBreaksOff_Is502()
    {
        await using var pod = await FakePod.StartAsync(context =>
        {
            context.Abort();
            return Task.CompletedTask;
        });
        await using var activator = await StartAsync(pod);

        using var response = await activator.Client.PostAsync("/", new StringContent("x"), TestContext.Current.CancellationToken);

        Assert.Equal(HttpStatusCode.BadGateway, response.StatusCode);
    }

    private static async Task EchoAsync(HttpContext context)
    {
        var buffer = new byte[1024];
        for (int read; (read = await context.Request.Body.ReadAsync(buffer)) > 0;)
        {
            await context.Response.Body.WriteAsync(buffer.AsMemory(0, read));
            await context.Response.Body.FlushAsync();
        }
    }

    private static async Task<TestActivator> StartAsync(FakePod pod)
    {
        var activator = await TestActivator.StartAsync();
        activator.AddRevision(fullDuplex: true);
        activator.SetPods(pod.Endpoint());
        return activator;
    }
}
