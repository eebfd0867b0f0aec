using Knative.Xds.Activation.Configuration;
using Knative.Xds.Activator.Tests.Fakes;
using Knative.Xds.Core.Configuration;
using Knative.Xds.Core.Wire;
using Knative.Xds.Testing;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace Knative.Xds.Activator.Tests.Serving;

public sealed class RequestLogTests : IDisposable
{
    private readonly Lines _lines = new();

    public void Dispose() => _lines.Dispose();

    [Fact]
    public async Task Log_SwitchedOnAndOff_HasTheRequestsInBetweenWithoutProbes()
    {
        await using var pod = await FakePod.StartAsync(context => context.Response.WriteAsync("hello"));
        await using var activator = await TestActivator.StartAsync(options => options.RequestLogOutput = () => _lines);
        var settings = activator.App.Services.GetRequiredService<LiveSettings>();
        activator.AddRevision();
        activator.SetPods(pod.Endpoint());
        await activator.Client.GetStringAsync("/before", TestContext.Current.CancellationToken);

        settings.Set(new ObservabilityConfig { EnableRequestLog = true, RequestLogTemplate = "{{.Request.Method}} {{.Request.RequestURI}} {{.Response.Code}} {{.Response.Size}} {{.Revision.Namespace}}/{{.Revision.Name}} '{{.Revision.PodName}}'" });
        await activator.Client.GetStringAsync("/between?a=b", TestContext.Current.CancellationToken);
        using var probe = new HttpRequestMessage(HttpMethod.Get, "/probe");
        probe.Headers.TryAddWithoutValidation(HeaderNames.NetworkProbe, "activator");
        using var answer = await activator.Client.SendAsync(probe, TestContext.Current.CancellationToken);
        await Eventually.TrueAsync(() => _lines.Text.Length > 0);
        settings.Set(new ObservabilityConfig());
        await activator.Client.GetStringAsync("/after", TestContext.Current.CancellationToken);

        Assert.Equal("GET /between?a=b 200 5 default/hello-00001 ''\n", _lines.Text);
    }

    [Fact]
    public async Task Log_ChangedWhileRequestsRun_LogsEachAsItBegan()
    {
        var release = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var pod = await FakePod.StartAsync(context => context.Request.Path.Value!.StartsWith("/held", StringComparison.Ordinal) ? release.Task : Task.CompletedTask);
        await using var activator = await TestActivator.StartAsync(options => options.RequestLogOutput = () => _lines);
        var settings = activator.App.Services.GetRequiredService<LiveSettings>();
        activator.AddRevision();
        activator.SetPods(pod.Endpoint());
        settings.Set(new ObservabilityConfig { EnableRequestLog = true, RequestLogTemplate = "first {{.Request.RequestURI}}" });
        var first = activator.Client.GetStringAsync("/held/1", TestContext.Current.CancellationToken);
        await Eventually.TrueAsync(() => pod.Served == 1);

        settings.Set(new ObservabilityConfig { EnableRequestLog = true, RequestLogTemplate = "second {{.Request.RequestURI}}" });
        await activator.Client.GetStringAsync("/quick", TestContext.Current.CancellationToken);
        await Eventually.TrueAsync(() => _lines.Text.Length > 0);
        var second = activator.Client.GetStringAsync("/held/2", TestContext.Current.CancellationToken);
        await Eventually.TrueAsync(() => pod.Served == 3);
        settings.Set(new ObservabilityConfig());
        release.SetResult();
        await Task.WhenAll(first, second);

        await Eventually.TrueAsync(() => _lines.Text.Count(letter => letter == '\n') == 3);
        Assert.Equal(["first /held/1", "second /held/2", "second /quick"], _lines.Text.Split('\n', StringSplitOptions.RemoveEmptyEntries).Order(StringComparer.Ordinal));
        Assert.Contains("kxds_activator_log_lines_dropped_total 0\n", await activator.MetricsAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Log_MalformedTemplate_CostsNoRequest()
    {
        await using var pod = await FakePod.StartAsync();
        await using var activator = await TestActivator.StartAsync(options => options.RequestLogOutput = () => _lines);
        activator.App.Services.GetRequiredService<LiveSettings>().Set(new ObservabilityConfig { EnableRequestLog = true, RequestLogTemplate = "{{.Request" });
        activator.AddRevision();
        activator.SetPods(pod.Endpoint());

        Assert.Equal("hello", await activator.Client.GetStringAsync("/", TestContext.Current.CancellationToken));
        Assert.Equal("", _lines.Text);
    }

    [Fact]
    public async Task Log_NobodyReadsIt_KeepsEightMebibytesAndCountsTheRest()
    {
        await using var pod = await FakePod.StartAsync(context => context.Response.WriteAsync("hello"));
        using var output = new Unread();
        await using var activator = await TestActivator.StartAsync(options => options.RequestLogOutput = () => output);
        activator.App.Services.GetRequiredService<LiveSettings>().Set(new ObservabilityConfig { EnableRequestLog = true, RequestLogTemplate = "{{.Request.Header.Get \"X-Large\"}}{{.Request.Header.Get \"X-Large\"}}" });
        activator.AddRevision();
        activator.SetPods(pod.Endpoint());
        activator.Client.DefaultRequestHeaders.Add("X-Large", new string('x', 25_000));

        for (var request = 0; request < 90; request++)
        {
            Assert.Equal("hello", await activator.Client.GetStringAsync("/", TestContext.Current.CancellationToken));
        }

        // 100,002 bytes a line, so 83 of them fit.
        await Eventually.TrueAsync(async () => (await activator.MetricsAsync()).Contains("kxds_activator_log_lines_dropped_total 7\n", StringComparison.Ordinal));
        output.Read();
    }

    private sealed class Unread : MemoryStream
    {
        private readonly TaskCompletionSource _read = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public void Read() => _read.TrySetResult();

        public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
        {
            await _read.Task;
            await base.WriteAsync(buffer, cancellationToken);
        }
    }
}
