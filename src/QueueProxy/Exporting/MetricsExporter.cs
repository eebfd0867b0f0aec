namespace Knative.Xds.QueueProxy.Exporting;

/// <summary>Sends the metrics at intervals, and once more at the end.</summary>
internal sealed class MetricsExporter : IAsyncDisposable
{
    private static readonly TimeSpan DefaultInterval = TimeSpan.FromMinutes(1);
    private readonly CancellationTokenSource _stopping = new();
    private readonly OtlpMetrics _metrics;
    private readonly OtlpClient _client;
    private readonly TimeProvider _timeProvider;
    private readonly Task _sending;

    public MetricsExporter(OtlpMetrics metrics, OtlpClient client, TimeSpan interval, TimeProvider timeProvider)
    {
        (_metrics, _client, _timeProvider) = (metrics, client, timeProvider);
        _sending = RunAsync(interval == TimeSpan.Zero ? DefaultInterval : interval);
    }

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await _sending;
        await _client.SendAsync(_metrics.Encode(_timeProvider.GetUtcNow()), CancellationToken.None);
        _client.Dispose();
        _stopping.Dispose();
    }

    private async Task RunAsync(TimeSpan interval)
    {
        using var timer = new PeriodicTimer(interval, _timeProvider);
        try
        {
            while (await timer.WaitForNextTickAsync(_stopping.Token))
                await _client.SendAsync(_metrics.Encode(_timeProvider.GetUtcNow()), _stopping.Token);
        }
        catch (OperationCanceledException)
        {
            // The last message follows.
        }
    }
}
