using System.Text.Json.Nodes;
using k8s.Models;
using Knative.Xds.Core.Model;
using Knative.Xds.Kube.Api;
using Knative.Xds.Kube.Client;

namespace Knative.Xds.XdsServer.Reporting;

/// <summary>net-kourier's finalizer: every ingress that it has reconciled carries it, and is never gone before somebody takes it off.</summary>
/// <remarks>We need none of our own: what an ingress has put into gateways goes when it is being deleted, and after a restart it is not there.
/// Source: knative/networking pkg/client/injection/reconciler/networking/v1alpha1/ingress.</remarks>
internal static class KourierFinalizer
{
    /// <summary>Its name.</summary>
    public const string Name = "ingresses.networking.internal.knative.dev";

    /// <summary>Whether it is what an ingress's deletion waits for, maybe beside others.</summary>
    public static bool Holds(KIngress ingress) => ingress.Metadata.DeletionTimestamp is not null && ingress.Metadata.Finalizers?.Contains(Name) == true;

    /// <summary>Takes it off, and no other.</summary>
    /// <remarks>Only from the state that was read: whoever changes the list meanwhile makes this one a conflict, and the change an event.</remarks>
    /// <returns>False in case of a conflict.</returns>
    public static async Task<bool> TakeOffAsync(KubeClient client, KIngress ingress, CancellationToken cancellationToken)
    {
        var patch = new JsonObject
        {
            ["metadata"] = new JsonObject
            {
                ["resourceVersion"] = ingress.Metadata.ResourceVersion,
                ["finalizers"] = new JsonArray([.. ingress.Metadata.Finalizers.Where(finalizer => finalizer != Name).Select(finalizer => JsonValue.Create(finalizer))]),
            },
        };
        try
        {
            await client.PatchAsync<KIngress>(KeyOf(ingress), new V1Patch(patch.ToJsonString(), V1Patch.PatchType.MergePatch), null, cancellationToken);
            return true;
        }
        catch (KubeException refusal) when (refusal.IsNotFound)
        {
            return true;
        }
        catch (KubeException refusal) when (refusal.IsConflict)
        {
            return false;
        }
    }

    private static ObjectKey KeyOf(KIngress ingress) => new(ingress.Metadata.NamespaceProperty, ingress.Metadata.Name);
}
