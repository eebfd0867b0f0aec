namespace Knative.Xds.QueueProxy.Probing;

/// <summary>Finds out whether the user containers are ready. Callers at the same time share one probe and its result; no result outlives its probe.</summary>
/// <remarks>
/// Threading: every member may be called from anywhere.
/// Source: knative/serving pkg/queue/readiness/probe.go.
/// </remarks>
internal sealed class UserProber(IReadOnlyList<UserProbe> probes, ProbeClient client, TimeProvider timeProvider)
{
    private readonly Lock _lock = new();
    private readonly ProbeLoop[] _loops = [.. probes.Select(probe => new ProbeLoop(probe, client, timeProvider))];
    private Task<bool>? _running;

    /// <summary>Whether all are ready; true when there is nothing to probe.</summary>
    public Task<bool> ProbeAsync()
    {
        lock (_lock)
        {
            return _running is { IsCompleted: false } ? _running : _running = ProbeAllAsync();
        }
    }

    private async Task<bool> ProbeAllAsync() => Array.TrueForAll(await Task.WhenAll(_loops.Select(loop => loop.RunAsync())), ready => ready);
}
