using k8s;
using k8s.Models;
using Knative.Xds.Core.Model;
using Knative.Xds.Core.Wire;
using Knative.Xds.Kube.Api;
using Knative.Xds.Kube.Client;
using Knative.Xds.Kube.Watching;

namespace Knative.Xds.Autoscaler.Caching;

/// <summary>Local copies of everything the autoscaler reads from the Kubernetes API.</summary>
internal sealed class ClusterCaches
{
    private const string ByRevision = "revision";
    private const string ByService = "service";

    private readonly List<(Func<CancellationToken, Task> Run, Task Synced)> _informers = [];

    public ClusterCaches(KubeClient client, AutoscalerOptions options, TimeProvider time, ILogger<ClusterCaches> logger)
    {
        PodAutoscalers = Add(new Informer<PodAutoscaler>(client, new ObjectQuery(), time, logger));
        Metrics = Add(new Informer<Metric>(client, new ObjectQuery(), time, logger));
        ServerlessServices = Add(new Informer<ServerlessService>(client, new ObjectQuery(), time, logger));
        Deployments = Add(new Informer<V1Deployment>(client, new ObjectQuery(), time, logger));
        Pods = Add(new Informer<V1Pod>(client, new ObjectQuery(LabelSelector: Labels.RevisionUid), time, logger));
        Services = Add(new Informer<V1Service>(client, new ObjectQuery(LabelSelector: Labels.ServerlessService), time, logger));
        PublicEndpoints = Add(new Informer<V1Endpoints>(client, new ObjectQuery(LabelSelector: Labels.ServerlessService), time, logger));
        Slices = Add(new Informer<V1EndpointSlice>(client, new ObjectQuery(), time, logger));
        ConfigMaps = Add(new Informer<V1ConfigMap>(client, new ObjectQuery(Namespace: options.SystemNamespace), time, logger));
        HorizontalPodAutoscalers = options.HpaReconciler
            ? Add(new Informer<V2HorizontalPodAutoscaler>(client, new ObjectQuery(), time, logger))
            : new Informer<V2HorizontalPodAutoscaler>(client, new ObjectQuery(), time, logger);
        Pods.Store.AddIndex(ByRevision, pod => RevisionOf(pod) is { } key ? [key.ToString()] : []);
        PodsByRevision = new PodTable(Pods, revision => Pods.Store.ByIndex(ByRevision, revision.ToString()));
        Slices.Store.AddIndex(ByService, slice => ServiceOf(slice) is { } key ? [key.ToString()] : []);
    }

    public Informer<PodAutoscaler> PodAutoscalers { get; }
    public Informer<Metric> Metrics { get; }
    public Informer<ServerlessService> ServerlessServices { get; }
    public Informer<V1Deployment> Deployments { get; }
    public Informer<V1Pod> Pods { get; }
    public Informer<V1Service> Services { get; }
    public Informer<V1Endpoints> PublicEndpoints { get; }
    public Informer<V1EndpointSlice> Slices { get; }
    public Informer<V1ConfigMap> ConfigMaps { get; }

    /// <summary>Never filled where another process has the HPA class.</summary>
    public Informer<V2HorizontalPodAutoscaler> HorizontalPodAutoscalers { get; }

    /// <summary>Pods of each revision.</summary>
    public PodTable PodsByRevision { get; }

    /// <summary>Completes when all copies are complete.</summary>
    public Task Synced => Task.WhenAll(_informers.Select(informer => informer.Synced));

    public Task RunAsync(CancellationToken cancellationToken) => Task.WhenAll(_informers.Select(informer => informer.Run(cancellationToken)));

    /// <summary>EndpointSlices of a Service.</summary>
    public IReadOnlyCollection<V1EndpointSlice> SlicesOf(ObjectKey service) => Slices.Store.ByIndex(ByService, service.ToString());

    public static ObjectKey? RevisionOf(V1Pod pod) => Label(pod.Metadata, Labels.Revision);

    public static ObjectKey? ServiceOf(V1EndpointSlice slice) => Label(slice.Metadata, Labels.SliceService);

    public static ObjectKey KeyOf(IKubernetesObject<V1ObjectMeta> value) => new(value.Metadata.NamespaceProperty ?? "", value.Metadata.Name ?? "");

    private static ObjectKey? Label(V1ObjectMeta metadata, string label) =>
        metadata.Labels?.TryGetValue(label, out var name) == true ? new ObjectKey(metadata.NamespaceProperty ?? "", name) : null;

    private Informer<T> Add<T>(Informer<T> informer) where T : class, IKubernetesObject<V1ObjectMeta>
    {
        _informers.Add((informer.RunAsync, informer.Synced));
        return informer;
    }
}
