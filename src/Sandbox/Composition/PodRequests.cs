using System.Collections.Immutable;
using Knative.Xds.Core.Model;
using Knative.Xds.Core.Stats;
using Knative.Xds.Core.Wire;

namespace Knative.Xds.Sandbox.Composition;

/// <summary>Asks the queue-proxies once a second how many requests they answer: in Serve mode nobody else sees them.</summary>
internal sealed class PodRequests
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);
    private volatile ImmutableDictionary<ObjectKey, double> _counts = ImmutableDictionary<ObjectKey, double>.Empty;

    /// <summary>Requests that the pods of a revision last reported, on average over a second, rounded up.</summary>
    public int Of(ObjectKey revision) => (int)Math.Ceiling(_counts.GetValueOrDefault(revision));

    /// <summary>Asks until the token fires.</summary>
    public async Task RunAsync(SystemView view, TimeProvider time, CancellationToken cancellationToken)
    {
        using var client = new HttpClient(new SocketsHttpHandler { UseProxy = false }) { Timeout = Interval };
        using var timer = new PeriodicTimer(Interval, time);
        while (await timer.WaitForNextTickAsync(cancellationToken))
        {
            var reports = await Task.WhenAll(view.ReadyPods().Select(async pod => (pod.Revision, Count: await AskAsync(client, pod.Address, cancellationToken))));
            _counts = reports.GroupBy(report => report.Revision).ToImmutableDictionary(group => group.Key, group => group.Sum(report => report.Count));
        }
    }

    private static async Task<double> AskAsync(HttpClient client, string address, CancellationToken cancellationToken)
    {
        try
        {
            var answer = await client.GetByteArrayAsync($"http://{address}:{Ports.Metrics}/metrics", cancellationToken);
            return StatCodec.Decode(answer, out var stat) == StatDecodeError.None && double.IsFinite(stat.AverageConcurrentRequests) ? Math.Clamp(stat.AverageConcurrentRequests, 0, int.MaxValue) : 0;
        }
        catch (Exception error) when (error is HttpRequestException or OperationCanceledException && !cancellationToken.IsCancellationRequested)
        {
            // A pod that goes away while it is asked has no requests to show.
            return 0;
        }
    }
}
