using System.Text;
using Knative.Xds.ControlPlane.Resources;
using Prometheus;

namespace Knative.Xds.XdsServer.Tests;

public sealed class XdsMetricsTests
{
    private readonly CollectorRegistry _registry = Metrics.NewCustomRegistry();

    [Fact]
    public async Task Pushed_TwoResponses_CountsThemAndTheirBytes()
    {
        var metrics = new XdsMetrics(Metrics.WithCustomRegistry(_registry));

        metrics.Pushed(ResourceType.RouteConfiguration, 1700);
        metrics.Pushed(ResourceType.RouteConfiguration, 300);

        var text = await TextAsync();
        Assert.Contains("kxds_xds_responses_total{type=\"rds\"} 2\n", text, StringComparison.Ordinal);
        Assert.Contains("kxds_xds_sent_bytes_total{type=\"rds\"} 2000\n", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Acked_AtATime_TellsItInUnixSeconds()
    {
        var metrics = new XdsMetrics(Metrics.WithCustomRegistry(_registry));

        metrics.Acked(ResourceType.Cluster, DateTimeOffset.UnixEpoch.AddSeconds(1000.25));

        Assert.Contains("kxds_xds_last_ack_timestamp_seconds{type=\"cds\"} 1000.25\n", await TextAsync(), StringComparison.Ordinal);
    }

    private async Task<string> TextAsync()
    {
        using var text = new MemoryStream();
        await _registry.CollectAndExportAsTextAsync(text, TestContext.Current.CancellationToken);
        return Encoding.UTF8.GetString(text.ToArray());
    }
}
