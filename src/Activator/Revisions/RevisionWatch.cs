using Knative.Xds.Kube.Api;
using Knative.Xds.Kube.Client;
using Knative.Xds.Kube.Watching;

namespace Knative.Xds.Activation.Revisions;

/// <summary>Follows Revisions where the cluster has that kind. Where it has not, PodAutoscalers say what is needed.</summary>
internal sealed class RevisionWatch(KubeClient client, Informer<ServingRevision> revisions, TimeProvider time)
{
    private static readonly TimeSpan NextLook = TimeSpan.FromSeconds(30);
    private readonly TaskCompletionSource _absent = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Completes when all Revisions are known, or the cluster was found to have no such kind.</summary>
    public Task Synced => Task.WhenAny(revisions.Synced, _absent.Task);

    /// <summary>Runs until the token fires.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        while (!await ExistsAsync(cancellationToken))
        {
            _absent.TrySetResult();
            await Task.Delay(NextLook, time, cancellationToken);
        }

        await revisions.RunAsync(cancellationToken);
    }

    private async Task<bool> ExistsAsync(CancellationToken cancellationToken)
    {
        try
        {
            await client.ListAsync<ServingRevision>(new ObjectQuery(FieldSelector: "metadata.name=any"), null, cancellationToken);
            return true;
        }
        catch (KubeException refusal) when (refusal.IsNotFound)
        {
            return false;
        }
        catch (Exception exception) when (exception is not OperationCanceledException || !cancellationToken.IsCancellationRequested)
        {
            // Nothing is known yet: the informer goes on asking, and says why it cannot.
            return true;
        }
    }
}
