using Knative.Xds.Core.Model;
using Knative.Xds.Kube.Api;
using Knative.Xds.Scenarios.Rig;

namespace Knative.Xds.Scenarios.Soak;

/// <summary>Changes ingresses at random: weights, endpoints that come and go, ingresses deleted and made again.</summary>
/// <remarks>The first ones are never touched, nor are their Services.</remarks>
internal sealed class RandomChanges(Workbench bench, ReadyWatch watch, int untouched, int ingresses)
{
    private readonly WeightFlips _flips = new(bench.Api.Client, watch);
    private readonly HashSet<(int Ingress, string Side)> _down = [];
    private long _count;

    /// <summary>Changes so far.</summary>
    public long Count => Volatile.Read(ref _count);

    /// <summary>Makes changes at a rate until the token fires.</summary>
    public async Task RunAsync(double perSecond, CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromSeconds(1 / perSecond));
        while (await timer.WaitForNextTickAsync(cancellationToken))
        {
            await ChangeAsync(Random.Shared.Next(untouched, ingresses), cancellationToken);
            Interlocked.Increment(ref _count);
        }
    }

    private Task ChangeAsync(int ingress, CancellationToken cancellationToken) => Random.Shared.Next(10) switch
    {
        < 6 => _flips.FlipAsync(ingress, cancellationToken),
        < 9 => FlapAsync((ingress, IngressObjects.Sides[Random.Shared.Next(2)]), cancellationToken),
        _ => RemakeAsync(ingress, cancellationToken),
    };

    private async Task FlapAsync((int Ingress, string Side) revision, CancellationToken cancellationToken)
    {
        var comes = _down.Remove(revision);
        if (!comes)
        {
            _down.Add(revision);
        }

        var port = bench.Backends.Ports[Array.IndexOf(IngressObjects.Sides, revision.Side)];
        await bench.Api.Client.ApplyAsync(IngressObjects.Slice(revision.Ingress, revision.Side, port, ready: comes), cancellationToken);
    }

    private async Task RemakeAsync(int ingress, CancellationToken cancellationToken)
    {
        await bench.Api.Client.DeleteAsync<KIngress>(new ObjectKey(IngressObjects.Namespace, IngressObjects.Name(ingress)), cancellationToken);
        var made = await bench.Api.Client.CreateAsync(IngressObjects.Ingress(ingress, _flips.SideOf(ingress) == IngressObjects.Sides[0] ? 100 : 0), cancellationToken);
        // The next write needs to know of it.
        await watch.SeesAsync(ingress, made.Metadata.ResourceVersion, cancellationToken);
    }
}
