namespace Knative.Xds.QueueProxy.Draining;

/// <summary>Counts the requests inside, apart from those that became tunnels (WebSockets), and bounds them all.</summary>
/// <remarks>Source: knative/serving pkg/http/handler/hijack.go: a server's graceful stop waits for requests, but for tunnels only a while.</remarks>
internal sealed class InFlight(int most)
{
    private int _requests;
    private int _tunnels;

    public int Requests => Volatile.Read(ref _requests);

    public int Tunnels => Volatile.Read(ref _tunnels);

    /// <summary>Lets a request in unless there are too many.</summary>
    public bool TryEnter()
    {
        if (Interlocked.Increment(ref _requests) + Tunnels <= most)
            return true;
        Interlocked.Decrement(ref _requests);
        return false;
    }

    /// <summary>A request became a tunnel.</summary>
    public void Upgrade()
    {
        Interlocked.Increment(ref _tunnels);
        Interlocked.Decrement(ref _requests);
    }

    public void Leave(bool tunnel)
    {
        if (tunnel)
            Interlocked.Decrement(ref _tunnels);
        else
            Interlocked.Decrement(ref _requests);
    }
}
