using System.Net;
using Knative.Xds.Activation;
using Knative.Xds.Activator.Tests.Fakes;
using Knative.Xds.Testing;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;

namespace Knative.Xds.Activator.Tests.Serving;

public sealed class TimeoutTests
{
    private static readonly TimeSpan Ten = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);
    private readonly FakeTimeProvider _time = new();
    private readonly TaskCompletionSource _release = new();

    [Fact]
    public async Task ResponseStart_NothingWritten_Is504()
    {
        await using var pod = await FakePod.StartAsync(_ => _release.Task);
        await using var activator = await StartAsync(pod, options => options.ResponseStartTimeout = Ten);
        var request = activator.Client.GetAsync("/", TestContext.Current.CancellationToken);
        await Eventually.TrueAsync(() => pod.Served == 1);

        _time.Advance(Ten);

        using var response = await request.Within(Limit);
        Assert.Equal(HttpStatusCode.GatewayTimeout, response.StatusCode);
        Assert.Equal("activator request timeout", await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
        _release.SetResult();
    }

    [Fact]
    public async Task ResponseStart_FirstByteWasInTime_LetsTheResponseFinish()
    {
        await using var pod = await FakePod.StartAsync(StartThenWaitAsync);
        await using var activator = await StartAsync(pod, options => options.ResponseStartTimeout = Ten);
        using var response = await activator.Client.GetAsync("/", HttpCompletionOption.ResponseHeadersRead, TestContext.Current.CancellationToken);

        _time.Advance(Ten);
        _release.SetResult();

        Assert.Equal("startend", await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task Idle_LongPauseInTheResponse_CutsItOff()
    {
        await using var pod = await FakePod.StartAsync(StartThenWaitAsync);
        await using var activator = await StartAsync(pod, options => options.IdleTimeout = Ten);
        using var response = await activator.Client.GetAsync("/", HttpCompletionOption.ResponseHeadersRead, TestContext.Current.CancellationToken);
        var body = response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);

        _time.Advance(Ten);

        await Assert.ThrowsAnyAsync<HttpRequestException>(() => body.Within(Limit));
        _release.SetResult();
    }

    [Fact]
    public async Task Metrics_OfARevision_ShowWhatWaits()
    {
        await using var activator = await TestActivator.StartAsync();
        activator.AddRevision();
        _ = activator.Client.GetAsync("/", TestContext.Current.CancellationToken);
        await Eventually.TrueAsync(() => activator.State.Waiting == 1);
        using var admin = new HttpClient();

        var metrics = await admin.GetStringAsync($"http://{Hosting.ServiceApp.BoundEndPoints(activator.App)[0]}/metrics", TestContext.Current.CancellationToken);

        Assert.Contains("kn_revision_request_queued{k8s_namespace_name=\"default\",kn_service_name=\"\",kn_configuration_name=\"\",kn_revision_name=\"hello-00001\"} 1", metrics, StringComparison.Ordinal);
        Assert.Contains("kn_activator_stats_conn_reachable{peer=\"autoscaler\"} 1", metrics, StringComparison.Ordinal);
    }

    private async Task StartThenWaitAsync(HttpContext context)
    {
        await context.Response.WriteAsync("start");
        await _release.Task;
        await context.Response.WriteAsync("end");
    }

    private async Task<TestActivator> StartAsync(FakePod pod, Action<ActivatorOptions> configure)
    {
        var activator = await TestActivator.StartAsync(configure, builder => builder.Services.AddSingleton<TimeProvider>(_time));
        activator.AddRevision();
        activator.SetPods(pod.Endpoint());
        return activator;
    }
}
