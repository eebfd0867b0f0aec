using System.Net;
using Knative.Xds.Activator.Tests.Fakes;
using Knative.Xds.Core.Model;
using Knative.Xds.Core.Wire;
using Knative.Xds.Testing;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Knative.Xds.Activator.Tests.Serving;

/// <summary>What the wire shows while requests wait, are slow, or end early.</summary>
public sealed class WireTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);
    private static readonly string Head = $"{HeaderNames.RevisionNamespace}: {TestActivator.Revision.Namespace}\r\n{HeaderNames.RevisionName}: {TestActivator.Revision.Name}\r\n";

    [Fact]
    public async Task ExpectContinue_WhileTheRequestWaits_ComesOnlyOnceAPodReadsTheBody()
    {
        await using var pod = await FakePod.StartAsync(context => context.Request.Body.CopyToAsync(context.Response.Body));
        await using var activator = await TestActivator.StartAsync();
        activator.AddRevision();
        using var client = await RawClient.ConnectAsync(activator.Http1);
        await client.SayAsync($"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\nExpect: 100-continue\r\n{Head}\r\n");
        await Eventually.TrueAsync(() => activator.State.Waiting == 1);
        Assert.Equal(0, client.Available);

        activator.SetPods(pod.Endpoint());

        Assert.StartsWith("HTTP/1.1 100 Continue\r\n", await client.ReadUntilAsync("\r\n\r\n"), StringComparison.Ordinal);
        await client.SayAsync("body");
        Assert.EndsWith("body", (await client.ReadUntilAsync("body\r\n0\r\n\r\n")).Replace("\r\n0\r\n\r\n", "", StringComparison.Ordinal), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Body_ThatComesSlowly_ArrivesPieceByPieceAndWhole()
    {
        var seen = new System.Text.StringBuilder();
        await using var pod = await FakePod.StartAsync(async context =>
        {
            var buffer = new byte[16];
            for (int read; (read = await context.Request.Body.ReadAsync(buffer)) > 0;)
            {
                lock (seen)
                {
                    seen.Append(System.Text.Encoding.ASCII.GetString(buffer, 0, read));
                }
            }

            await context.Response.WriteAsync($"got {seen}");
        });
        await using var activator = await StartAsync(pod);
        using var client = await RawClient.ConnectAsync(activator.Http1);

        await client.SayAsync($"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n{Head}\r\n");
        for (var i = 1; i <= 10; i++)
        {
            await client.SayAsync("1\r\nx\r\n");
            await Eventually.TrueAsync(() =>
            {
                lock (seen)
                {
                    return seen.Length == i;
                }
            });
        }

        await client.SayAsync("0\r\n\r\n");

        Assert.Contains("got xxxxxxxxxx", await client.ReadUntilAsync("xxxxxxxxxx"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Body_OfTwentyMegabytesWhileTheRequestWaits_IsHeldBackAndArrivesWhole()
    {
        var received = 0L;
        await using var pod = await FakePod.StartAsync(async context =>
        {
            var buffer = new byte[64 * 1024];
            for (int read; (read = await context.Request.Body.ReadAsync(buffer)) > 0;)
            {
                received += read;
            }
        });
        await using var activator = await TestActivator.StartAsync();
        activator.AddRevision();
        var body = new byte[20 * 1024 * 1024];
        var request = activator.Client.PostAsync("/", new ByteArrayContent(body), TestContext.Current.CancellationToken);
        await Eventually.TrueAsync(() => activator.State.Waiting == 1);

        activator.SetPods(pod.Endpoint());

        using var response = await request.Within(Limit);
        Assert.Equal((HttpStatusCode.OK, body.LongLength), (response.StatusCode, received));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Protocol_OfTheRequest_IsThatToThePod(bool http2)
    {
        string? seen = null;
        await using var pod = await FakePod.StartAsync(
            context =>
            {
                seen = context.Request.Protocol;
                return Task.CompletedTask;
            },
            http2 ? HttpProtocols.Http2 : HttpProtocols.Http1);
        await using var activator = await StartAsync(pod, http2 ? AppProtocol.H2C : AppProtocol.Http1);
        using var client = TestActivator.NewClient(activator.Http1, http2 ? HttpVersion.Version20 : HttpVersion.Version11);

        using var response = await client.GetAsync("/", TestContext.Current.CancellationToken);

        Assert.Equal(http2 ? "HTTP/2" : "HTTP/1.1", seen);
    }

    [Fact]
    public async Task ClientGoesAwayWhileItsRequestRuns_ThePodIsToldAndTheSlotIsFree()
    {
        var told = new TaskCompletionSource();
        await using var pod = await FakePod.StartAsync(async context =>
        {
            using var registration = context.RequestAborted.Register(told.SetResult);
            await told.Task;
        });
        await using var activator = await StartAsync(pod, containerConcurrency: 1);
        using var patience = new CancellationTokenSource();
        var request = activator.Client.GetAsync("/", patience.Token);
        await Eventually.TrueAsync(() => pod.Served == 1);

        await patience.CancelAsync();

        await told.Task.Within(Limit);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => request);
        await Eventually.TrueAsync(() => activator.State.InFlight == 0);
    }

    [Fact]
    public async Task ClientGoesAwayWhileItsRequestWaits_TheSlotGoesToTheNext()
    {
        var release = new TaskCompletionSource();
        await using var pod = await FakePod.StartAsync(_ => release.Task);
        await using var activator = await StartAsync(pod, containerConcurrency: 1);
        var first = activator.Client.GetAsync("/first", TestContext.Current.CancellationToken);
        await Eventually.TrueAsync(() => pod.Served == 1);
        using var patience = new CancellationTokenSource();
        var leaving = activator.Client.GetAsync("/leaving", patience.Token);
        await Eventually.TrueAsync(() => activator.State.Waiting == 1);
        var last = activator.Client.GetAsync("/last", TestContext.Current.CancellationToken);
        await Eventually.TrueAsync(() => activator.State.Waiting == 2);

        await patience.CancelAsync();
        await Eventually.TrueAsync(() => activator.State.Waiting == 1);
        release.SetResult();

        Assert.Equal([HttpStatusCode.OK, HttpStatusCode.OK], [(await first.Within(Limit)).StatusCode, (await last.Within(Limit)).StatusCode]);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => leaving);
        Assert.Equal(["/first", "/last"], pod.Log.Where(entry => entry != "probe"));
        await Eventually.TrueAsync(() => activator.State is { Waiting: 0, InFlight: 0 });
    }

    [Fact]
    public async Task ClientGoesAwayWhileItsRequestWaits_ItIsCountedNowhereAnyLonger()
    {
        const string Names = "k8s_namespace_name=\"default\",kn_revision_name=\"hello-00001\",otel_scope_name=\"knative.dev/serving/pkg/activator\"";
        const string Concurrency = "kn_revision_request_concurrency{";
        await using var activator = await TestActivator.StartAsync();
        activator.AddRevision();
        using var patience = new CancellationTokenSource();
        var leaving = activator.Client.GetAsync("/", patience.Token);
        await Eventually.TrueAsync(async () => await ValueAsync(Concurrency) > 0, Limit);
        Assert.Contains($"kn_revision_request_queued{{{Names}}} 1\n", await activator.MetricsAsync(), StringComparison.Ordinal);

        await patience.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => leaving);
        await Eventually.TrueAsync(async () => await ValueAsync(Concurrency) == 0 && await ValueAsync("kn_revision_request_queued{") == 0, Limit);
        Assert.Contains($"kn_revision_request_active{{{Names}}} 0\n", await activator.MetricsAsync(), StringComparison.Ordinal);
        await Eventually.TrueAsync(() => activator.Autoscaler.Messages.Last().Stat is { AverageConcurrentRequests: 0, RequestCount: 0 }, Limit);

        // A series is there once something has been counted.
        async Task<double> ValueAsync(string name) =>
            (await activator.MetricsAsync()).Split('\n').SingleOrDefault(line => line.StartsWith(name, StringComparison.Ordinal)) is { } line
                ? double.Parse(line.Split(' ')[^1], System.Globalization.CultureInfo.InvariantCulture)
                : 0;
    }

    private static async Task<TestActivator> StartAsync(FakePod pod, AppProtocol protocol = AppProtocol.Http1, int containerConcurrency = 0)
    {
        var activator = await TestActivator.StartAsync();
        activator.AddRevision(containerConcurrency, protocol);
        activator.SetPods(pod.Endpoint());
        return activator;
    }
}
