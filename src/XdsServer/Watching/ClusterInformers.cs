using k8s.Models;
using Knative.Xds.Kube.Api;
using Knative.Xds.Kube.Client;
using Knative.Xds.Kube.Projections;
using Knative.Xds.Kube.Watching;

namespace Knative.Xds.XdsServer.Watching;

/// <summary>Local copies of all that routing reads.</summary>
internal sealed class ClusterInformers
{
    /// <summary>Index of slices: the Service that they belong to, <c>namespace/name</c>.</summary>
    public const string ByService = "service";
    /// <summary>Index of SKS: their private Service, <c>namespace/name</c>.</summary>
    public const string ByPrivateService = "private";

    public ClusterInformers(KubeClient client, TimeProvider time, ILogger<ClusterInformers> logger)
    {
        Ingresses = new(client, new ObjectQuery(), time, logger);
        Sks = new(client, new ObjectQuery(), time, logger);
        Services = new(client, new ObjectQuery(), time, logger);
        Slices = new(client, new ObjectQuery(), time, logger);
        Slices.Store.AddIndex(ByService, slice => ServiceEndpointsProjection.ServiceOf(slice) is { } service ? [service.ToString()] : []);
        Sks.Store.AddIndex(ByPrivateService, sks => [InformerView.PrivateServiceOf(ServerlessServiceProjection.Project(sks).Value!).ToString()]);
    }

    public Informer<KIngress> Ingresses { get; }
    public Informer<ServerlessService> Sks { get; }
    public Informer<V1Service> Services { get; }
    public Informer<V1EndpointSlice> Slices { get; }

    /// <summary>Completes when all copies are complete.</summary>
    public Task Synced => Task.WhenAll(Ingresses.Synced, Sks.Synced, Services.Synced, Slices.Synced);

    /// <summary>Runs until the token fires.</summary>
    public Task RunAsync(CancellationToken cancellationToken) => Task.WhenAll(
        Ingresses.RunAsync(cancellationToken), Sks.RunAsync(cancellationToken), Services.RunAsync(cancellationToken), Slices.RunAsync(cancellationToken));
}
