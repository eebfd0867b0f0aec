using System.Collections.Immutable;
using System.Globalization;
using Knative.Xds.ControlPlane.Translation;
using Knative.Xds.Core.Hashing;
using Knative.Xds.Core.Model;
using Knative.Xds.Core.Wire;
using Knative.Xds.Kube.Api;
using Knative.Xds.Kube.Projections;
using Knative.Xds.XdsServer.Fleets;
using Knative.Xds.XdsServer.Pipeline;

namespace Knative.Xds.XdsServer.Watching;

/// <summary>The cluster as the informers know it.</summary>
internal sealed class InformerView(ClusterInformers informers, ReferencedSecrets secrets, FleetDirectory fleets, XdsServerOptions options) : IClusterView
{
    private readonly ObjectKey _activatorService = new(options.SystemNamespace, SystemNames.ActivatorService);

    public IEnumerable<ObjectKey> Ingresses => informers.Ingresses.Store.List().Where(ingress => !FleetsOf(ingress).IsEmpty).Select(ingress => new ObjectKey(ingress.Metadata.NamespaceProperty, ingress.Metadata.Name));

    /// <summary>The Secrets that ingresses name, be they good otherwise or not.</summary>
    public IEnumerable<ObjectKey> NamedSecrets => informers.Ingresses.Store.List()
        .Where(ingress => ingress.Metadata.DeletionTimestamp is null && ingress.Spec?.Tls is { Count: > 0 } && !FleetsOf(ingress).IsEmpty)
        .SelectMany(ingress => ingress.Spec!.Tls!)
        .Where(entry => entry is { SecretNamespace.Length: > 0, SecretName.Length: > 0 })
        .Select(entry => new ObjectKey(entry.SecretNamespace!, entry.SecretName!))
        .Distinct();

    public IngressReading? FindIngress(ObjectKey key)
    {
        if (!informers.Ingresses.Store.TryGet(key, out var ingress) || ingress.Metadata.DeletionTimestamp is not null || FleetsOf(ingress) is not { IsEmpty: false } serving)
        {
            return null;
        }

        var projected = IngressProjection.Project(ingress);
        var created = ingress.Metadata.CreationTimestamp is { } time ? new DateTimeOffset(DateTime.SpecifyKind(time, DateTimeKind.Utc)) : default;
        return new(ingress.Metadata.Generation ?? 0, created, serving, projected.Value, projected.Problems) { Version = VersionOf(ingress) };
    }

    public BackendService? FindService(ObjectKey key) => informers.Services.Store.TryGet(key, out var service) ? BackendServiceProjection.Project(service) : null;

    public CertificateReading FindCertificate(ObjectKey secret) => secrets.Find(secret);

    /// <remarks>A SKS is named like its public Service. Source of the choice of activators: knative/serving pkg/reconciler/serverlessservice.</remarks>
    public EndpointView Endpoints(BackendPort backend)
    {
        var service = backend.Service.Key;
        if (!informers.Sks.Store.TryGet(service, out var found))
        {
            return new EndpointView { Backend = backend, Endpoints = EndpointsOf(service) };
        }

        var sks = ServerlessServiceProjection.Project(found).Value!;
        return new EndpointView
        {
            Backend = backend,
            ServerlessService = sks,
            PrivateEndpoints = EndpointsOf(PrivateServiceOf(sks)),
            Activators = ActivatorsOf(sks),
        };
    }

    /// <summary>The private Service: the one in the status, or the one that it will have.</summary>
    public static ObjectKey PrivateServiceOf(ServerlessServiceState sks) =>
        new(sks.Key.Namespace, sks.PrivateServiceName.Length > 0 ? sks.PrivateServiceName : ChildName.Of(sks.Key.Name, ChildName.PrivateServiceSuffix));

    /// <summary>An ingress's resourceVersion; 0 when it is no number.</summary>
    public static long VersionOf(KIngress ingress) => long.TryParse(ingress.Metadata.ResourceVersion, NumberStyles.None, CultureInfo.InvariantCulture, out var version) ? version : 0;

    private ImmutableArray<Fleet> FleetsOf(KIngress ingress) => fleets.Serving(ingress);

    private ServiceEndpoints EndpointsOf(ObjectKey service) =>
        ServiceEndpointsProjection.Join(service, informers.Slices.Store.ByIndex(ClusterInformers.ByService, service.ToString()));

    private ImmutableArray<ServiceEndpoint> ActivatorsOf(ServerlessServiceState sks)
    {
        var ready = EndpointsOf(_activatorService).Endpoints.Where(endpoint => endpoint.Ready && !endpoint.Terminating).ToImmutableArray();
        if (sks.NumActivators == 0)
        {
            return ready;
        }

        var chosen = SubsetSelection.Choose(ready.Select(endpoint => endpoint.Address), sks.NumActivators, sks.Key.Name);
        return [.. ready.Where(endpoint => chosen.Contains(endpoint.Address))];
    }
}
