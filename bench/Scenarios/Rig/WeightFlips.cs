using System.Collections.Concurrent;
using Knative.Xds.Kube.Client;

namespace Knative.Xds.Scenarios.Rig;

/// <summary>The change of every scenario: an ingress's weights turn from 100/0 to 0/100 or back, by a PUT as Knative's controllers send it.</summary>
internal sealed class WeightFlips(KubeClient client, ReadyWatch watch)
{
    private readonly ConcurrentDictionary<int, string> _sides = new();

    /// <summary>The side that all traffic of an ingress goes to once its last change is in effect.</summary>
    public string SideOf(int ingress) => _sides.GetValueOrDefault(ingress, IngressObjects.Sides[0]);

    /// <summary>Turns an ingress's weights round; returns its new generation.</summary>
    public async Task<long> FlipAsync(int ingress, CancellationToken cancellationToken)
    {
        var side = _sides[ingress] = IngressObjects.Sides.First(other => other != SideOf(ingress));
        while (true)
        {
            try
            {
                var written = await client.ReplaceAsync(IngressObjects.Ingress(ingress, side == IngressObjects.Sides[0] ? 100 : 0, watch.VersionOf(ingress)), cancellationToken);
                return written.Metadata.Generation!.Value;
            }
            catch (KubeException refusal) when (refusal.IsConflict)
            {
                // A status was written meanwhile, and our watch is about to say so.
                await Task.Delay(TimeSpan.FromMilliseconds(1), TimeProvider.System, cancellationToken);
            }
        }
    }
}
