using Envoy.Config.Route.V3;
using Envoy.Service.Discovery.V3;
using Google.Protobuf;
using Knative.Xds.ControlPlane.Resources;
using Knative.Xds.Testing;

namespace Knative.Xds.Integration.Kingress.Harness;

/// <summary>Responses as a faulty server would send them.</summary>
internal static class Tampering
{
    /// <summary>The same response, where one route configuration has a domain twice.</summary>
    public static DeltaDiscoveryResponse Doubled(DeltaDiscoveryResponse response, string name) => Change(response, ResourceType.RouteConfiguration, name, bytes =>
    {
        var routes = RouteConfiguration.Parser.ParseFrom(bytes);
        var twin = routes.VirtualHosts[0].Clone();
        twin.Name += "-twin";
        routes.VirtualHosts.Add(twin);
        return routes.ToByteString();
    });

    /// <summary>The same response without a resource.</summary>
    public static DeltaDiscoveryResponse Without(DeltaDiscoveryResponse response, ResourceType type, string name)
    {
        if (!AdsRelay.Has(response, type, name))
        {
            return response;
        }

        var changed = response.Clone();
        changed.Resources.Remove(changed.Resources.Single(resource => resource.Name == name));
        return changed;
    }

    /// <summary>The same response, where one assignment is not valid.</summary>
    public static DeltaDiscoveryResponse WithoutName(DeltaDiscoveryResponse response, string name) => Change(response, ResourceType.ClusterLoadAssignment, name, bytes =>
    {
        var assignment = Envoy.Config.Endpoint.V3.ClusterLoadAssignment.Parser.ParseFrom(bytes);
        assignment.Endpoints[0].LbEndpoints[0].Endpoint.Address.SocketAddress.Address = "not-an-address";
        return assignment.ToByteString();
    });

    /// <summary>The same response, where one cluster does not say where its endpoints come from.</summary>
    public static DeltaDiscoveryResponse WithoutSource(DeltaDiscoveryResponse response, string name) => Change(response, ResourceType.Cluster, name, bytes =>
    {
        var cluster = Envoy.Config.Cluster.V3.Cluster.Parser.ParseFrom(bytes);
        cluster.EdsClusterConfig = null;
        return cluster.ToByteString();
    });

    /// <summary>The same response, where one certificate has the key of another.</summary>
    public static DeltaDiscoveryResponse WithForeignKey(DeltaDiscoveryResponse response, string name) => Change(response, ResourceType.Secret, name, bytes =>
    {
        var secret = Envoy.Extensions.TransportSockets.Tls.V3.Secret.Parser.ParseFrom(bytes);
        secret.TlsCertificate.PrivateKey = new() { InlineString = TestCertificate.For("foreign").PrivateKey };
        return secret.ToByteString();
    });

    /// <summary>The same response, where one scope does not say what it is for.</summary>
    public static DeltaDiscoveryResponse WithoutKey(DeltaDiscoveryResponse response, string name) => Change(response, ResourceType.ScopedRouteConfiguration, name, bytes =>
    {
        var scope = ScopedRouteConfiguration.Parser.ParseFrom(bytes);
        scope.Key = null;
        return scope.ToByteString();
    });

    private static DeltaDiscoveryResponse Change(DeltaDiscoveryResponse response, ResourceType type, string name, Func<ByteString, ByteString> change)
    {
        if (!AdsRelay.Has(response, type, name))
        {
            return response;
        }

        var changed = response.Clone();
        var resource = changed.Resources.Single(resource => resource.Name == name);
        resource.Resource_.Value = change(resource.Resource_.Value);
        return changed;
    }
}
