using k8s;
using k8s.Models;
using Knative.Xds.Kube.Api;
using Knative.Xds.Kube.Client;
using Knative.Xds.Kube.Watching;

namespace Knative.Xds.Activation.Revisions;

/// <summary>What informers are made from.</summary>
internal sealed class KubeWatchContext(KubeClient client, TimeProvider time, ILogger<KubeWatchContext> logger)
{
    public Informer<T> Informer<T>(ObjectQuery query) where T : class, IKubernetesObject<V1ObjectMeta> => new(client, query, time, logger);

    public RevisionWatch Follow(Informer<ServingRevision> revisions) => new(client, revisions, time);
}
