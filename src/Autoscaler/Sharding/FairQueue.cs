using System.Diagnostics.CodeAnalysis;
using System.Threading.Channels;
using Knative.Xds.Core.Stats;

namespace Knative.Xds.Autoscaler.Sharding;

/// <summary>Stats that wait, taken from each of their sources in turn. When there are too many, the source that has the most loses its oldest: who floods pushes out nobody else's.</summary>
/// <param name="capacity">Most stats that wait, of all sources together.</param>
/// <param name="room">Most bytes that they take together: names may be long.</param>
/// <remarks>Threading: any number of writers, one reader.</remarks>
internal sealed class FairQueue(int capacity, long room)
{
    // A message, its three texts' headers and its place in a queue.
    private const int Overhead = 160;
    private readonly Lock _lock = new();
    private readonly Dictionary<string, Queue<StatMessage>> _bySource = new(StringComparer.Ordinal);
    // Sources that have stats, in the order in which they are served.
    private readonly Queue<string> _turns = new();
    private readonly Channel<bool> _signal = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
    private int _count;
    private long _bytes;

    /// <summary>Stats that wait.</summary>
    public int Count
    {
        get
        {
            lock (_lock)
            {
                return _count;
            }
        }
    }

    /// <summary>Adds a stat; the answer is how many had to go for it.</summary>
    public int Add(string source, in StatMessage message)
    {
        var gone = 0;
        lock (_lock)
        {
            if (!_bySource.TryGetValue(source, out var queue))
            {
                _bySource[source] = queue = new Queue<StatMessage>();
                _turns.Enqueue(source);
            }

            queue.Enqueue(message);
            (_count, _bytes) = (_count + 1, _bytes + Size(message));
            for (; _count > capacity || (_bytes > room && _count > 1); gone++)
            {
                Took(Longest().Dequeue());
            }
        }

        _signal.Writer.TryWrite(true);
        return gone;
    }

    /// <summary>Takes the next stat and who brought it, if there is any.</summary>
    public bool TryTake([MaybeNullWhen(false)] out string source, [MaybeNullWhen(false)] out StatMessage message)
    {
        lock (_lock)
        {
            while (_turns.TryDequeue(out source))
            {
                var queue = _bySource[source];
                var taken = queue.TryDequeue(out message);
                if (queue.Count > 0)
                {
                    _turns.Enqueue(source);
                }
                else
                {
                    _bySource.Remove(source);
                }

                if (taken)
                {
                    Took(message);
                    return true;
                }
            }
        }

        message = default;
        return false;
    }

    /// <summary>Waits until there are stats.</summary>
    public async ValueTask WaitAsync(CancellationToken cancellationToken)
    {
        while (Count == 0)
        {
            await _signal.Reader.ReadAsync(cancellationToken);
        }
    }

    private static int Size(in StatMessage message) =>
        Overhead + (sizeof(char) * (message.Key.Namespace.Length + message.Key.Name.Length + message.Stat.PodName.Length));

    private void Took(in StatMessage message) => (_count, _bytes) = (_count - 1, _bytes - Size(message));

    // Sources are few: activators and replicas.
    private Queue<StatMessage> Longest()
    {
        Queue<StatMessage>? longest = null;
        foreach (var (_, queue) in _bySource)
        {
            longest = longest is null || queue.Count > longest.Count ? queue : longest;
        }

        return longest!;
    }
}
