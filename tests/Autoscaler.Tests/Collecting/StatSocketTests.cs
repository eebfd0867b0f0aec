using System.Net;
using System.Net.WebSockets;
using System.Text;

namespace Knative.Xds.Autoscaler.Tests.Collecting;

public class StatSocketTests
{
    [Fact]
    public async Task Socket_KubeletProbe_IsAnsweredPlainly()
    {
        await using var harness = await AutoscalerHarness.StartAsync();
        using var http = new HttpClient();
        using var request = new HttpRequestMessage(HttpMethod.Get, harness.StatsAddress("http"));
        request.Headers.TryAddWithoutValidation("User-Agent", "kube-probe/1.34");

        using var response = await http.SendAsync(request, TestContext.Current.CancellationToken);

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
    }

    [Theory]
    [InlineData("http://elsewhere.example.com", false)]
    [InlineData("null", false)]
    [InlineData(null, true)]
    public async Task Socket_Origin_MustBeItsOwn(string? origin, bool accepted)
    {
        await using var harness = await AutoscalerHarness.StartAsync();
        foreach (var (text, expected) in new[] { (origin, accepted), (harness.StatsAddress("http").GetLeftPart(UriPartial.Authority), true) })
        {
            using var socket = new ClientWebSocket();
            if (text is not null)
            {
                socket.Options.SetRequestHeader("Origin", text);
            }

            var error = await Record.ExceptionAsync(() => socket.ConnectAsync(harness.StatsAddress("ws"), TestContext.Current.CancellationToken));

            Assert.Equal((text, expected), (text, error is null));
        }
    }

    [Fact]
    public async Task Socket_GarbageAndText_AreSkippedAndTheConnectionStays()
    {
        await using var harness = await AutoscalerHarness.StartAsync();
        using var socket = await harness.ConnectAsync();

        await socket.SendAsync(Encoding.UTF8.GetBytes("hello"), WebSocketMessageType.Text, true, TestContext.Current.CancellationToken);
        await socket.SendAsync(new byte[] { 0xff, 0xff }, WebSocketMessageType.Binary, true, TestContext.Current.CancellationToken);
        await socket.CloseAsync(WebSocketCloseStatus.NormalClosure, null, TestContext.Current.CancellationToken);

        Assert.Equal(WebSocketCloseStatus.NormalClosure, socket.CloseStatus);
        // The first is said, the others are counted.
        Assert.Single(harness.Logs.GetSnapshot(), entry => entry.Id.Id == 3008);
        var metrics = await harness.MetricsAsync();
        Assert.Contains("kxds_autoscaler_frames_skipped_total{reason=\"text\"} 1", metrics, StringComparison.Ordinal);
        Assert.Contains("kxds_autoscaler_frames_skipped_total{reason=\"undecodable\"} 1", metrics, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Socket_Shutdown_TellsThePeerToComeBack()
    {
        await using var harness = await AutoscalerHarness.StartAsync();
        using var socket = await harness.ConnectAsync();
        var received = socket.ReceiveAsync(new byte[16], TestContext.Current.CancellationToken);

        var stopped = harness.StopAsync();

        await received;
        Assert.Equal((WebSocketCloseStatus)1012, socket.CloseStatus);
        Assert.Equal("Restarting", socket.CloseStatusDescription);
        await stopped;
    }
}
