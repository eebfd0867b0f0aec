namespace Knative.Xds.Activation.Backends;

/// <summary>One address of a revision and what is known of it.</summary>
/// <remarks>Threading: guarded by its watcher's lock.</remarks>
internal sealed class ProbedPod(string address) : IDisposable
{
    private CancellationTokenSource? _probing;

    public string Address => address;

    /// <summary>Kubernetes counts it as ready.</summary>
    public bool Ready { get; set; }

    /// <summary>It takes requests.</summary>
    public bool Healthy { get; set; }

    /// <summary>What its last probe found; null before the first.</summary>
    public ProbeOutcome? Last { get; set; }

    /// <summary>Ends the probing under way, if any, and returns the token of the next one.</summary>
    public CancellationToken RestartProbing()
    {
        StopProbing();
        Healthy = false;
        var probing = _probing = new CancellationTokenSource();
        return probing.Token;
    }

    public void StopProbing() => _probing?.Cancel();

    // The source itself stays: the probing task may still look at its token, and without a timer it holds nothing.
    public void Dispose() => StopProbing();
}
