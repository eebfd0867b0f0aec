using System.Threading.Channels;

namespace Knative.Xds.QueueProxy.Tracing;

/// <summary>Gathers ended spans and sends them on in batches.</summary>
/// <remarks>What comes faster than it can be sent is left out. Threading: requests add, one task sends.</remarks>
internal sealed class SpanQueue : IAsyncDisposable
{
    private const int SpansKept = 2048;
    private const int MostPerBatch = 512;
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(5);
    private readonly Channel<FinishedSpan> _spans = Channel.CreateBounded<FinishedSpan>(new BoundedChannelOptions(SpansKept) { SingleReader = true });
    private readonly CancellationTokenSource _stopping = new();
    private readonly Func<IReadOnlyList<FinishedSpan>, CancellationToken, Task> _send;
    private readonly Task _sending;

    public SpanQueue(Func<IReadOnlyList<FinishedSpan>, CancellationToken, Task> send, TimeProvider timeProvider)
    {
        _send = send;
        _sending = RunAsync(timeProvider);
    }

    public void Add(FinishedSpan span) => _spans.Writer.TryWrite(span);

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await _sending;
        await SendAllAsync();
        _stopping.Dispose();
    }

    private async Task RunAsync(TimeProvider timeProvider)
    {
        using var timer = new PeriodicTimer(Interval, timeProvider);
        try
        {
            while (await timer.WaitForNextTickAsync(_stopping.Token))
                await SendAllAsync();
        }
        catch (OperationCanceledException)
        {
            // What is left is sent by whoever stops.
        }
    }

    private async Task SendAllAsync()
    {
        List<FinishedSpan> batch = [];
        while (_spans.Reader.TryRead(out var span))
        {
            batch.Add(span);
            if (batch.Count == MostPerBatch)
            {
                await _send(batch, CancellationToken.None);
                batch = [];
            }
        }

        if (batch.Count > 0)
            await _send(batch, CancellationToken.None);
    }
}
