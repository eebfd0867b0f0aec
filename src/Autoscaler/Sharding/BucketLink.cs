using Knative.Xds.Autoscaler.Collecting;
using Knative.Xds.Core.Stats;
using Knative.Xds.Core.Wire;

namespace Knative.Xds.Autoscaler.Sharding;

/// <summary>The way of one bucket's stats to its owner: kept until there is one that takes them, or until they are too old to matter.</summary>
/// <remarks>Threading: one loop, the rest from anywhere. Upstream gives up after 15 s and keeps 1000 stats; a lease of its default length outlasts both.</remarks>
internal sealed class BucketLink(
    string bucket, long room, Func<bool> isOurs, StatIntake intake, AutoscalerOptions options, ShardingMetrics metrics, TimeProvider time, ILogger logger)
{
    /// <value>Stats that wait at most.</value>
    public const int MaxWaiting = 100_000;
    /// <value>Stats of a frame at most. As names are bounded where stats come in, so are its bytes.</value>
    public const int MaxBatch = 1000;
    /// <value>Older stats have left the windows that they were for.</value>
    private static readonly TimeSpan MaxAge = TimeSpan.FromSeconds(90);
    private static readonly TimeSpan RetryPeriod = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan ConnectTimeout = TimeSpan.FromMilliseconds(500);

    private readonly FairQueue _waiting = new(MaxWaiting, room / 2);
    // What other replicas sent here: two that take each other for the owner must not pass it back and forth as fast as they can.
    private readonly FairQueue _returned = new(MaxWaiting, room / 2);
    private volatile string _holder = "";
    private volatile ForwardSocket? _socket;
    private volatile TaskCompletionSource _changed = NewSignal();

    /// <summary>Address of the replica that holds the bucket; empty when none does.</summary>
    public string Holder => _holder;

    /// <summary>Sends a stat; <paramref name="source"/> is the address of who brought it.</summary>
    public void Send(string source, in StatMessage message) => metrics.Dropped(ShardingMetrics.Overflow, _waiting.Add(source, message));

    /// <summary>Sends a stat that another replica sent here: after a pause, or as soon as the owner is another one.</summary>
    public void SendLater(string source, in StatMessage message) => metrics.Dropped(ShardingMetrics.Overflow, _returned.Add(source, message));

    public void SetHolder(string address)
    {
        if (_holder != address)
        {
            _holder = address;
            _socket?.Abort();
            Wake();
        }
    }

    /// <summary>Tries at once what waits.</summary>
    public void Wake() => Interlocked.Exchange(ref _changed, NewSignal()).TrySetResult();

    public Task RunAsync(CancellationToken cancellationToken) => Task.WhenAll(DeliverAsync(cancellationToken), ReleaseAsync(cancellationToken));

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private async Task ReleaseAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            await _returned.WaitAsync(cancellationToken);
            await PauseAsync(_changed.Task, cancellationToken);
            while (_returned.TryTake(out var source, out var message))
            {
                Send(source, message);
            }
        }
    }

    // Whoever becomes the owner, we or another, ends the pause.
    private async Task PauseAsync(Task changed, CancellationToken cancellationToken)
    {
        await Task.WhenAny(changed, Task.Delay(RetryPeriod, time, cancellationToken));
        cancellationToken.ThrowIfCancellationRequested();
    }

    private async Task DeliverAsync(CancellationToken cancellationToken)
    {
        var batch = new List<StatMessage>();
        try
        {
            while (true)
            {
                if (batch.Count == 0)
                {
                    await _waiting.WaitAsync(cancellationToken);
                }

                var changed = _changed.Task;
                Fill(batch);
                if (await TryDeliverAsync(batch, cancellationToken))
                {
                    batch.Clear();
                }
                else
                {
                    await PauseAsync(changed, cancellationToken);
                }

                metrics.Waiting(bucket, batch.Count + _waiting.Count);
            }
        }
        finally
        {
            _socket?.Dispose();
        }
    }

    private void Fill(List<StatMessage> batch)
    {
        var oldest = (time.GetUtcNow() - MaxAge).ToUnixTimeSeconds();
        metrics.Dropped(ShardingMetrics.Expired, batch.RemoveAll(message => message.Stat.Timestamp < oldest));
        while (batch.Count < MaxBatch && _waiting.TryTake(out _, out var message))
        {
            batch.Add(message);
        }
    }

    private async Task<bool> TryDeliverAsync(List<StatMessage> batch, CancellationToken cancellationToken)
    {
        if (isOurs())
        {
            batch.ForEach(Take);
            return true;
        }

        // A bucket of our own name that is not ours is on its way to us or to another.
        var holder = _holder;
        if (holder.Length == 0 || holder == options.PodIp)
        {
            return false;
        }

        try
        {
            var socket = await ConnectAsync(holder, cancellationToken);
            if (socket is null)
            {
                return false;
            }

            await socket.SendAsync(StatCodec.EncodeBatch([.. batch]), cancellationToken);
            metrics.Forwarded(batch.Count);
            return true;
        }
        catch (Exception error) when (!cancellationToken.IsCancellationRequested)
        {
            Drop(error.Message);
            return false;
        }
    }

    // What one stat leads to must not end the way of all others.
    private void Take(StatMessage message)
    {
        try
        {
            intake.Accept(message);
        }
        catch (Exception error)
        {
            ShardingLog.StatFailed(logger, message.Key, error);
        }
    }

    private async Task<ForwardSocket?> ConnectAsync(string holder, CancellationToken cancellationToken)
    {
        if (_socket is { IsOpen: true } open && open.Holder == holder)
        {
            return open;
        }

        _socket?.Dispose();
        _socket = null;
        var problem = "";
        // By address first; where a mesh lets no pod reach another's address, through the bucket's Service.
        foreach (var host in new[] { Bracketed(holder), $"{bucket}.{options.SystemNamespace}.svc.{options.ClusterDomain}" })
        {
            if (!Uri.TryCreate($"ws://{host}:{Ports.AutoscalerStats}", UriKind.Absolute, out var address))
            {
                problem = $"{host} is no host";
                continue;
            }

            (_socket, problem) = await ForwardSocket.TryConnectAsync(address, holder, ConnectTimeout, time, cancellationToken);
            if (_socket is not null)
            {
                ShardingLog.LinkUp(logger, bucket, address);
                return _socket;
            }
        }

        ShardingLog.LinkDown(logger, bucket, holder, problem);
        return null;
    }

    private void Drop(string problem)
    {
        ShardingLog.LinkLost(logger, bucket, problem);
        _socket?.Dispose();
        _socket = null;
    }

    private static string Bracketed(string address) => address.Contains(':', StringComparison.Ordinal) ? $"[{address}]" : address;
}
