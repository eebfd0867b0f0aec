namespace Knative.Xds.Scenarios.Fleet;

/// <summary>Notes which streams one change has reached, and when the last of them was.</summary>
internal sealed class Arrivals
{
    private readonly HashSet<int> _streams = [];
    private readonly TaskCompletionSource<long> _all = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly string _resource;
    private readonly int _expected;

    /// <summary>Waits for a resource to reach a number of streams.</summary>
    public Arrivals(string resource, int expected) => (_resource, _expected) = (resource, expected);

    /// <summary>Completes with the moment at which the last stream had it.</summary>
    public Task<long> All => _all.Task;

    /// <summary>Streams that have it.</summary>
    public int Count
    {
        get
        {
            lock (_streams)
            {
                return _streams.Count;
            }
        }
    }

    /// <summary>A stream was sent a resource.</summary>
    public void Note(int stream, string resource)
    {
        if (resource != _resource)
        {
            return;
        }

        lock (_streams)
        {
            if (_streams.Add(stream) && _streams.Count == _expected)
            {
                _all.TrySetResult(TimeProvider.System.GetTimestamp());
            }
        }
    }
}
