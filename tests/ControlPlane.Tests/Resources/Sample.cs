using Envoy.Config.Cluster.V3;
using Envoy.Config.Endpoint.V3;
using Envoy.Config.Listener.V3;
using Envoy.Config.Route.V3;
using Knative.Xds.ControlPlane.Resources;

namespace Knative.Xds.ControlPlane.Tests.Resources;

/// <summary>Small resources whose content is a number.</summary>
internal static class Sample
{
    public static EncodedResource Cluster(string name, uint content = 0) =>
        EncodedResource.Of(new Cluster { Name = name, Type = Envoy.Config.Cluster.V3.Cluster.Types.DiscoveryType.Eds, PerConnectionBufferLimitBytes = content });

    public static EncodedResource Assignment(string name, uint content = 0) =>
        EncodedResource.Of(new ClusterLoadAssignment { ClusterName = name, Endpoints = { new LocalityLbEndpoints { Priority = content } } });

    public static EncodedResource Listener(string name, uint content = 0) =>
        EncodedResource.Of(new Listener { Name = name, PerConnectionBufferLimitBytes = content });

    public static EncodedResource Secret(string name, string content = "") => EncodedResource.Of(new Envoy.Extensions.TransportSockets.Tls.V3.Secret
    {
        Name = name,
        TlsCertificate = new() { CertificateChain = new() { InlineString = content } },
    });

    public static EncodedResource Scope(string name, string routes) =>
        EncodedResource.Of(new ScopedRouteConfiguration
        {
            Name = name,
            RouteConfigurationName = routes,
            Key = new() { Fragments = { new ScopedRouteConfiguration.Types.Key.Types.Fragment { StringKey = name } } },
        });

    public static EncodedResource Routes(string name, params string[] clusters)
    {
        var host = new VirtualHost { Name = name };
        host.Routes.AddRange(clusters.Select(cluster => new Route { Route_ = new RouteAction { Cluster = cluster } }));
        return EncodedResource.Of(new RouteConfiguration { Name = name, VirtualHosts = { host } });
    }

    public static ResourceStore With(this ResourceStore store, params EncodedResource[] resources)
    {
        foreach (var resource in resources)
        {
            store.Set(resource);
        }

        store.Publish();
        return store;
    }
}
