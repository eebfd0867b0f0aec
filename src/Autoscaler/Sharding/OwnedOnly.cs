using Knative.Xds.Autoscaler.Collecting;
using Knative.Xds.Autoscaler.Deciding;
using Knative.Xds.Core.Model;

namespace Knative.Xds.Autoscaler.Sharding;

/// <summary>Lets only the owner of a revision reconcile it.</summary>
/// <remarks>Threading: safe. Source: knative/pkg reconciler/leader.go. A reconcile that is under way ends when the revision is lost.</remarks>
internal sealed class OwnedOnly(Ownership ownership, DeciderTable deciders, CollectionTable collections)
{
    public Func<ObjectKey, CancellationToken, Task> Only(Func<ObjectKey, CancellationToken, Task> reconcile) => async (key, cancellationToken) =>
    {
        if (!ownership.Owns(key))
        {
            return;
        }

        var lost = ownership.UntilLost(key);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, lost);
        try
        {
            await reconcile(key, either.Token);
        }
        catch (OperationCanceledException) when (lost.IsCancellationRequested)
        {
            // The new owner goes on.
        }
        finally
        {
            if (lost.IsCancellationRequested && !ownership.Owns(key))
            {
                // It may have made these after the rest was let go.
                deciders.Delete(key);
                collections.Delete(key);
            }
        }
    };
}
