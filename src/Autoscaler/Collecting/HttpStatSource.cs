using Knative.Xds.Core.Wire;

namespace Knative.Xds.Autoscaler.Collecting;

/// <summary>The queue-proxies of one revision.</summary>
/// <param name="client">Asks them.</param>
/// <param name="serviceHost">Host of their Service.</param>
/// <param name="passthrough">Whether single pods are reached through a mesh, by the Service's host.</param>
internal sealed class HttpStatSource(StatClient client, string serviceHost, bool passthrough) : IStatSource
{
    public Task<StatAnswer> AskPodAsync(string ip, CancellationToken cancellationToken) =>
        AddressOf(ip.Contains(':', StringComparison.Ordinal) ? $"[{ip}]" : ip) is { } address
            ? client.AskPodAsync(address, passthrough ? serviceHost : null, cancellationToken)
            : Task.FromResult(new StatAnswer(default, ScrapeFailure.Transport));

    public Task<StatAnswer> AskServiceAsync(CancellationToken cancellationToken) =>
        AddressOf(serviceHost) is { } address
            ? client.AskServiceAsync(address, cancellationToken)
            : Task.FromResult(new StatAnswer(default, ScrapeFailure.Transport));

    private static Uri? AddressOf(string host) =>
        Uri.TryCreate($"http://{host}:{Ports.AutoscalingMetrics}/metrics", UriKind.Absolute, out var address) ? address : null;
}
