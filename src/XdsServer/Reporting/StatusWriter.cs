using Knative.Xds.Core.Model;
using Knative.Xds.Kube.Api;
using Knative.Xds.Kube.Client;
using Knative.Xds.Kube.Queueing;
using Knative.Xds.XdsServer.Fleets;
using Knative.Xds.XdsServer.Probing;
using Knative.Xds.XdsServer.Replication;
using Knative.Xds.XdsServer.Watching;

namespace Knative.Xds.XdsServer.Reporting;

/// <summary>Writes verdicts into KIngress statuses, each only when it says something new; and lets ingresses go that are deleted (<see cref="KourierFinalizer"/>).</summary>
/// <remarks>One replica writes. Threading: verdicts come from the owner loop; several workers write, never two on one ingress.</remarks>
internal sealed class StatusWriter(KubeClient client, ClusterInformers informers, FleetDirectory fleets, ReplicaLeases replicas, GatewayProber prober, XdsMetrics metrics, TimeProvider time, ILogger<StatusWriter> logger) : BackgroundService
{
    // A write waits for the API most of its time.
    private const int Workers = 16;
    private const int ConflictRetries = 5;
    // The gateways' answer is milliseconds away and makes the write of "not yet" unnecessary.
    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(500);
    private readonly OfferedVerdicts _verdicts = new();
    private readonly WorkQueue<ObjectKey> _queue = new(time, TimeSpan.FromMilliseconds(50), TimeSpan.FromSeconds(60));

    /// <summary>Takes the newest verdict on an ingress.</summary>
    public void Offer(ObjectKey ingress, IngressVerdict verdict) => _verdicts.Offer(ingress, verdict, prober.Weigh, Queue);

    /// <summary>Forgets an ingress of which nothing is served any more: it is not ours, or is being deleted. That may go on then.</summary>
    public void Forget(ObjectKey ingress)
    {
        _verdicts.Forget(ingress);
        prober.Forget(ingress);
        if (informers.Ingresses.Store.TryGet(ingress, out var left) && KourierFinalizer.Holds(left))
        {
            _queue.Add(ingress);
        }
    }

    /// <inheritdoc/>
    public override void Dispose()
    {
        base.Dispose();
        _queue.Dispose();
    }

    /// <inheritdoc/>
    protected override Task ExecuteAsync(CancellationToken stoppingToken) =>
        Task.WhenAll(Enumerable.Range(0, Workers).Select(_ => WorkAsync(stoppingToken)));

    private void Queue(ObjectKey ingress, IngressVerdict told) => _queue.AddAfter(ingress, told.IsProvisional ? Patience : TimeSpan.Zero);

    private async Task WorkAsync(CancellationToken cancellationToken)
    {
        while (!cancellationToken.IsCancellationRequested)
        {
            try
            {
                await WriteNextAsync(cancellationToken);
            }
            catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
            {
                // The server stops.
            }
        }
    }

    private async Task WriteNextAsync(CancellationToken cancellationToken)
    {
        var key = await _queue.TakeAsync(cancellationToken);
        informers.Ingresses.Store.TryGet(key, out var current);
        var isToGo = current is not null && _verdicts.Find(key) is null && KourierFinalizer.Holds(current);
        try
        {
            await (isToGo ? LetGoAsync(current!, cancellationToken) : WriteAsync(key, current, cancellationToken));
            _queue.Forget(key);
        }
        catch (Exception error) when (!cancellationToken.IsCancellationRequested)
        {
            NoteFailure(key, isToGo, error.Message);
            _queue.AddRateLimited(key);
        }
        finally
        {
            _queue.Done(key);
        }
    }

    private void NoteFailure(ObjectKey key, bool isToGo, string error)
    {
        if (isToGo)
        {
            metrics.FinalizerTakenOff("error");
            XdsLog.FinalizerNotTakenOff(logger, key, error);
        }
        else
        {
            metrics.StatusWritten("error");
            XdsLog.StatusWriteFailed(logger, key, error);
        }
    }

    private async Task LetGoAsync(KIngress ingress, CancellationToken cancellationToken)
    {
        if (replicas.IsWriter && !fleets.Serving(ingress).IsEmpty)
        {
            metrics.FinalizerTakenOff(await KourierFinalizer.TakeOffAsync(client, ingress, cancellationToken) ? "written" : "conflict");
        }
    }

    private async Task WriteAsync(ObjectKey key, KIngress? current, CancellationToken cancellationToken)
    {
        for (var attempt = 0; replicas.IsWriter && current is not null && _verdicts.Find(key) is { } verdict; attempt++)
        {
            // Another generation, or another class or label by now: the owner loop is about to say more.
            if (current.Metadata.Generation.GetValueOrDefault() != verdict.Generation || fleets.Serving(current).IsEmpty)
            {
                return;
            }

            if (await TryWriteAsync(current, verdict, attempt == ConflictRetries, cancellationToken))
            {
                return;
            }

            current = await client.FindAsync<KIngress>(key, cancellationToken);
        }
    }

    /// <summary>False when the copy is stale; the last attempt throws instead.</summary>
    private async Task<bool> TryWriteAsync(KIngress current, IngressVerdict verdict, bool last, CancellationToken cancellationToken)
    {
        var next = IngressStatusRules.Next(current.Status, verdict, time.GetUtcNow());
        if (IngressStatusRules.IsSame(current.Status, next))
        {
            return true;
        }

        try
        {
            await client.WriteStatusAsync(new KIngress { Metadata = current.Metadata, Spec = current.Spec, Status = next }, cancellationToken);
            metrics.StatusWritten("written");
            return true;
        }
        catch (KubeException refusal) when (refusal.IsNotFound)
        {
            return true;
        }
        catch (KubeException refusal) when (refusal.IsConflict && !last)
        {
            metrics.StatusWritten("conflict");
            return false;
        }
    }
}
