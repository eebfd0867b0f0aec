using Knative.Xds.Autoscaler.Collecting.Direct;
using Knative.Xds.Core.Wire;

namespace Knative.Xds.Autoscaler.Collecting;

/// <summary>The queue-proxies of one revision.</summary>
/// <param name="client">Asks them through a mesh and through their Service.</param>
/// <param name="pods">Asks them directly.</param>
/// <param name="serviceHost">Host of their Service.</param>
/// <param name="passthrough">Whether single pods are reached through a mesh, by the Service's host.</param>
internal sealed class HttpStatSource(StatClient client, PodClient pods, string serviceHost, bool passthrough) : IStatSource
{
    public ValueTask<StatAnswer> AskPodAsync(string ip, CancellationToken cancellationToken)
    {
        if (!passthrough)
        {
            return pods.AskAsync(ip, cancellationToken);
        }

        return AddressOf(ip.Contains(':', StringComparison.Ordinal) ? $"[{ip}]" : ip) is { } address
            ? new ValueTask<StatAnswer>(client.AskPodAsync(address, serviceHost, cancellationToken))
            : new ValueTask<StatAnswer>(PlainAnswer.Unreachable);
    }

    public Task<StatAnswer> AskServiceAsync(CancellationToken cancellationToken) =>
        AddressOf(serviceHost) is { } address
            ? client.AskServiceAsync(address, cancellationToken)
            : Task.FromResult(new StatAnswer(default, ScrapeFailure.Transport));

    private static Uri? AddressOf(string host) =>
        Uri.TryCreate($"http://{host}:{Ports.AutoscalingMetrics}/metrics", UriKind.Absolute, out var address) ? address : null;
}
