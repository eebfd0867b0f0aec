using Knative.Xds.Scenarios.Rig;

namespace Knative.Xds.Scenarios.Soak;

/// <summary>One of several xDS servers; it can be killed and comes back.</summary>
internal sealed class Replica(Workbench bench, string name, ServerSettings settings) : IDisposable
{
    private ServerProcess _server = ServerProcess.Start(bench.Processes, settings);

    public string Name => name;

    /// <summary>Process id of the present run.</summary>
    public int Id => _server.Id;

    public int XdsPort => settings.XdsPort;

    public Task ReadyAsync(CancellationToken cancellationToken) => _server.ReadyAsync(cancellationToken);

    /// <summary>Reads the metrics of the present run.</summary>
    public Task<MetricsSample> MetricsAsync(CancellationToken cancellationToken) => _server.MetricsAsync(cancellationToken);

    /// <summary>Kills it without warning and starts it again; returns when it is ready.</summary>
    public async Task CrashAsync(CancellationToken cancellationToken)
    {
        await _server.KillAsync();
        _server.Dispose();
        _server = ServerProcess.Start(bench.Processes, settings);
        await _server.ReadyAsync(cancellationToken);
    }

    public void Dispose() => _server.Dispose();
}
