using System.Net;
using Knative.Xds.Activator.Tests.Fakes;
using Knative.Xds.Core.Model;
using Knative.Xds.Core.Wire;
using Knative.Xds.Testing;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;

namespace Knative.Xds.Activator.Tests.Serving;

/// <summary>Pods that answer before the request has come whole, and read no more of it.</summary>
public sealed class EarlyResponseTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);
    // More than what the kernel takes for a socket that nobody reads.
    private const int Long = 64 << 20;

    [Theory]
    [InlineData("")]
    [InlineData("no")]
    public async Task Response_BeforeTheRequestHasCome_IsGivenOnOverHttp2(string body)
    {
        await using var pod = await FakePod.StartAsync(context => RefuseAsync(context, body), HttpProtocols.Http2);
        await using var activator = await StartAsync(pod);
        using var client = TestActivator.NewClient(activator.Http1, HttpVersion.Version20);
        using var content = new TalkingContent();
        await content.SayAsync("first part");
        using var request = new HttpRequestMessage(HttpMethod.Post, "/") { Version = HttpVersion.Version20, VersionPolicy = HttpVersionPolicy.RequestVersionExact, Content = content };

        using var response = await client.SendAsync(request, TestContext.Current.CancellationToken).Within(Limit);

        Assert.Equal((HttpStatusCode.RequestEntityTooLarge, body), (response.StatusCode, await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken).Within(Limit)));
        content.End();
        await Eventually.TrueAsync(() => activator.State.InFlight == 0, Limit);
    }

    [Theory]
    [InlineData(RefusingServer.Refusal, "HTTP/1.1 413 Payload Too Large\r\n", "too much")]
    [InlineData("", "HTTP/1.1 502 Bad Gateway\r\n", "ended")]
    public async Task Response_BeforeALongRequestHasCome_IsGivenOnWithFullDuplex(string refusal, string expected, string body)
    {
        using var pod = RefusingServer.Start(refusal);
        await using var activator = await TestActivator.StartAsync();
        activator.AddRevision(fullDuplex: true);
        activator.SetPods(FakePod.EndpointAt(pod.Port));
        using var client = await RawClient.ConnectAsync(activator.Http1);

        await client.SayAsync($"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: {Long}\r\n{HeaderNames.RevisionNamespace}: {TestActivator.Revision.Namespace}\r\n{HeaderNames.RevisionName}: {TestActivator.Revision.Name}\r\n\r\nfirst part");

        var said = await client.ReadUntilAsync(body).Within(Limit);
        Assert.StartsWith(expected, said, StringComparison.Ordinal);
        Assert.Contains(body, said, StringComparison.Ordinal);
        await Eventually.TrueAsync(() => activator.State.InFlight == 0, Limit);
    }

    [Fact]
    public async Task Response_BeforeALongRequestIsSent_IsGivenOnWithFullDuplex()
    {
        using var pod = RefusingServer.Start();
        await using var activator = await TestActivator.StartAsync();
        activator.AddRevision(fullDuplex: true);
        activator.SetPods(FakePod.EndpointAt(pod.Port));
        using var client = await RawClient.ConnectAsync(activator.Http1);
        await client.SayAsync($"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: {Long}\r\n{HeaderNames.RevisionNamespace}: {TestActivator.Revision.Namespace}\r\n{HeaderNames.RevisionName}: {TestActivator.Revision.Name}\r\n\r\n");

        // Until the server takes no more of it.
        var sending = client.SayAsync(new string('x', Long));

        Assert.StartsWith("HTTP/1.1 413 Payload Too Large\r\n", await client.ReadUntilAsync("too much").Within(Limit), StringComparison.Ordinal);
        client.Dispose();
        await sending.ConfigureAwait(ConfigureAwaitOptions.ContinueOnCapturedContext | ConfigureAwaitOptions.SuppressThrowing);
    }

    [Fact]
    public async Task Response_WhileThePodReadsOn_EndsTheRequest()
    {
        var outcome = new Outcome();
        await using var pod = await FakePod.StartAsync(
            async context =>
            {
                await context.Response.WriteAsync("no");
                await context.Response.CompleteAsync();
                await context.Request.Body.CopyToAsync(Stream.Null, context.RequestAborted);
            },
            HttpProtocols.Http2);
        await using var activator = await TestActivator.StartAsync(customize: builder => builder.Services.AddSingleton<IStartupFilter>(outcome));
        activator.AddRevision(protocol: AppProtocol.H2C);
        activator.SetPods(pod.Endpoint());
        using var client = TestActivator.NewClient(activator.Http1, HttpVersion.Version20);
        using var content = new TalkingContent();
        await content.SayAsync("first part");
        using var request = new HttpRequestMessage(HttpMethod.Post, "/") { Version = HttpVersion.Version20, VersionPolicy = HttpVersionPolicy.RequestVersionExact, Content = content };

        using var response = await client.SendAsync(request, TestContext.Current.CancellationToken).Within(Limit);

        Assert.Equal("no", await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken).Within(Limit));
        Assert.Null(await outcome.OfPost.Within(Limit));
        Assert.Equal(0, activator.State.InFlight);
        Assert.Contains("http_response_status_code=\"200\"", await activator.MetricsAsync(), StringComparison.Ordinal);
        content.End();
    }

    private static Task RefuseAsync(HttpContext context, string body)
    {
        context.Response.StatusCode = StatusCodes.Status413PayloadTooLarge;
        context.Response.ContentLength = body.Length;
        return context.Response.WriteAsync(body);
    }

    private static async Task<TestActivator> StartAsync(FakePod pod)
    {
        var activator = await TestActivator.StartAsync();
        activator.AddRevision(protocol: AppProtocol.H2C);
        activator.SetPods(pod.Endpoint());
        return activator;
    }

    /// <summary>What became of the first POST, as the server sees it.</summary>
    private sealed class Outcome : IStartupFilter
    {
        private readonly TaskCompletionSource<Exception?> _ofPost = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task<Exception?> OfPost => _ofPost.Task;

        public Action<IApplicationBuilder> Configure(Action<IApplicationBuilder> next) => app =>
        {
            app.Use(FollowAsync);
            next(app);
        };

        private async Task FollowAsync(HttpContext context, RequestDelegate next)
        {
            Exception? error = null;
            try
            {
                await next(context);
            }
            catch (Exception thrown)
            {
                error = thrown;
                throw;
            }
            finally
            {
                if (HttpMethods.IsPost(context.Request.Method))
                {
                    _ofPost.TrySetResult(error);
                }
            }
        }
    }
}
