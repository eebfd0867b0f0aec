using System.Net;
using Knative.Xds.Testing;
using Microsoft.AspNetCore.Http;

namespace Knative.Xds.QueueProxy.Tests;

public sealed class TimeoutTests
{
    private static readonly Uri Root = new("/", UriKind.Relative);

    [Fact]
    public async Task Overall_NothingWritten_Is504()
    {
        var gate = new Gate();
        await using var proxy = await Proxy.StartAsync(gate.HandleAsync, options => options with { Timeout = TimeSpan.FromSeconds(10) });
        var request = proxy.Client.GetAsync(Root, Proxy.Token);
        await Eventually.TrueAsync(() => gate.Inside == 1, Proxy.Limit);

        proxy.Time.Advance(TimeSpan.FromSeconds(10));

        await AssertTimedOutAsync(request);
        await Eventually.TrueAsync(() => gate.Inside == 0, Proxy.Limit);
    }

    [Fact]
    public async Task Overall_WaitingInTheQueue_Is504AndFreesThePlace()
    {
        var gate = new Gate();
        await using var proxy = await Proxy.StartAsync(gate.HandleAsync, options => options with { Timeout = TimeSpan.FromSeconds(10), ContainerConcurrency = 1 });
        var requests = new[] { proxy.Client.GetAsync(Root, Proxy.Token), proxy.Client.GetAsync(Root, Proxy.Token) };
        await Eventually.TrueAsync(() => gate.Inside == 1, Proxy.Limit);

        await Eventually.TrueAsync(() =>
        {
            proxy.Time.Advance(TimeSpan.FromSeconds(10));
            return Array.TrueForAll(requests, request => request.IsCompleted);
        });

        foreach (var request in requests)
            await AssertTimedOutAsync(request);
        // The handler that was given up must be gone, or it could take the place that is opened for the next one.
        await Eventually.TrueAsync(() => gate.Inside == 0, Proxy.Limit);
        var next = proxy.Client.GetStringAsync(Root, Proxy.Token);
        gate.Open(1);
        Assert.Equal("done", await next.Within(Proxy.Limit));
    }

    [Fact]
    public async Task Overall_ResponseHasBegun_AppendsTheText()
    {
        await using var proxy = await Proxy.StartAsync(BeginThenHangAsync, options => options with { Timeout = TimeSpan.FromSeconds(10) });
        using var response = await proxy.Client.GetAsync(Root, HttpCompletionOption.ResponseHeadersRead, Proxy.Token).Within(Proxy.Limit);
        await using var body = await response.Content.ReadAsStreamAsync(Proxy.Token);
        await body.ReadExactlyAsync(new byte[5], Proxy.Token).AsTask().Within(Proxy.Limit);

        proxy.Time.Advance(TimeSpan.FromSeconds(10));

        Assert.Equal("request timeout", await new StreamReader(body).ReadToEndAsync(Proxy.Token).Within(Proxy.Limit));
    }

    [Fact]
    public async Task ResponseStart_NothingWritten_Is504()
    {
        var gate = new Gate();
        await using var proxy = await Proxy.StartAsync(gate.HandleAsync, options => options with { ResponseStartTimeout = TimeSpan.FromSeconds(2) });
        var request = proxy.Client.GetAsync(Root, Proxy.Token);
        await Eventually.TrueAsync(() => gate.Inside == 1, Proxy.Limit);

        proxy.Time.Advance(TimeSpan.FromSeconds(2));

        await AssertTimedOutAsync(request);
    }

    [Fact]
    public async Task Idle_ResponseStalls_EndsIt()
    {
        await using var proxy = await Proxy.StartAsync(BeginThenHangAsync, options => options with { ResponseStartTimeout = TimeSpan.FromSeconds(1), IdleTimeout = TimeSpan.FromSeconds(5) });
        using var response = await proxy.Client.GetAsync(Root, HttpCompletionOption.ResponseHeadersRead, Proxy.Token).Within(Proxy.Limit);
        await using var body = await response.Content.ReadAsStreamAsync(Proxy.Token);
        await body.ReadExactlyAsync(new byte[5], Proxy.Token).AsTask().Within(Proxy.Limit);

        proxy.Time.Advance(TimeSpan.FromSeconds(5));

        Assert.Equal("request timeout", await new StreamReader(body).ReadToEndAsync(Proxy.Token).Within(Proxy.Limit));
    }

    [Fact]
    public async Task Overall_PartOfTheBodyWritten_KeepsStatusAndAppendsTheText()
    {
        await using var proxy = await Proxy.StartAsync(
            async context =>
            {
                context.Response.StatusCode = 202;
                await context.Response.WriteAsync("foo");
                await new TaskCompletionSource().Task.WaitAsync(context.RequestAborted);
            },
            options => options with { Timeout = TimeSpan.FromSeconds(10) });
        using var response = await proxy.Client.GetAsync(Root, HttpCompletionOption.ResponseHeadersRead, Proxy.Token).Within(Proxy.Limit);
        await using var body = await response.Content.ReadAsStreamAsync(Proxy.Token);
        var begin = new byte[3];
        await body.ReadExactlyAsync(begin, Proxy.Token).AsTask().Within(Proxy.Limit);

        proxy.Time.Advance(TimeSpan.FromSeconds(10));

        var text = System.Text.Encoding.UTF8.GetString(begin) + await new StreamReader(body).ReadToEndAsync(Proxy.Token).Within(Proxy.Limit);
        Assert.Equal((HttpStatusCode.Accepted, "foorequest timeout"), (response.StatusCode, text));
    }

    [Fact]
    public async Task ResponseStart_AfterTheFirstByte_DoesNotEndTheRequest()
    {
        var gate = new Gate();
        await using var proxy = await Proxy.StartAsync(
            async context =>
            {
                await context.Response.WriteAsync("begin ");
                await gate.HandleAsync(context);
            },
            options => options with { ResponseStartTimeout = TimeSpan.FromSeconds(2) });
        using var response = await proxy.Client.GetAsync(Root, HttpCompletionOption.ResponseHeadersRead, Proxy.Token).Within(Proxy.Limit);

        proxy.Time.Advance(TimeSpan.FromSeconds(5));
        gate.Open(1);

        Assert.Equal("begin done", await response.Content.ReadAsStringAsync(Proxy.Token).Within(Proxy.Limit));
    }

    [Fact]
    public async Task Idle_SteadyWrites_DoNotEndTheRequest()
    {
        var gate = new Gate();
        await using var proxy = await Proxy.StartAsync(
            async context =>
            {
                for (var part = 0; part < 3; part++)
                    await gate.HandleAsync(context);
            },
            options => options with { IdleTimeout = TimeSpan.FromSeconds(5) });
        var request = proxy.Client.GetAsync(Root, HttpCompletionOption.ResponseHeadersRead, Proxy.Token);
        gate.Open(1);
        using var response = await request.Within(Proxy.Limit);
        await using var body = await response.Content.ReadAsStreamAsync(Proxy.Token);
        var part = new byte[4];
        for (var turn = 0; turn < 2; turn++)
        {
            await body.ReadExactlyAsync(part, Proxy.Token).AsTask().Within(Proxy.Limit);
            proxy.Time.Advance(TimeSpan.FromSeconds(4));
            gate.Open(1);
        }

        Assert.Equal("done", await new StreamReader(body).ReadToEndAsync(Proxy.Token).Within(Proxy.Limit));
    }

    private static async Task BeginThenHangAsync(HttpContext context)
    {
        await context.Response.WriteAsync("begin");
        await new TaskCompletionSource().Task.WaitAsync(context.RequestAborted);
    }

    private static async Task AssertTimedOutAsync(Task<HttpResponseMessage> request)
    {
        using var response = await request.Within(Proxy.Limit);
        Assert.Equal((HttpStatusCode.GatewayTimeout, "request timeout"), (response.StatusCode, await response.Content.ReadAsStringAsync(Proxy.Token)));
    }
}
