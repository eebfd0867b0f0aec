using System.Collections.Immutable;
using System.Net;
using Envoy.Config.Cluster.V3;
using Envoy.Config.Endpoint.V3;
using Envoy.Config.Listener.V3;
using Envoy.Config.Route.V3;
using Envoy.Extensions.Filters.Network.HttpConnectionManager.V3;
using Google.Protobuf;
using Knative.Xds.ControlPlane.Proxyless;
using Knative.Xds.ControlPlane.Resources;
using Knative.Xds.ControlPlane.Translation;
using Knative.Xds.Core.Model;

namespace Knative.Xds.ControlPlane.Tests.Proxyless;

public sealed class ProxylessTranslatorTests
{
    private const string Host = "hello.default.svc.cluster.local";
    private static readonly ImmutableArray<IPEndPoint> Gateways = [new(IPAddress.Parse("10.0.9.1"), 8081)];

    [Theory]
    [InlineData(Host)]
    [InlineData(Host + ":80")]
    [InlineData("Hello.Default.svc.cluster.local.")]
    public void Host_ThatGatewaysServe_IsAnApiListenerByTheNameAskedFor(string name)
    {
        var resources = ProxylessTranslator.Translate(name, Snapshot(("a", 90), ("b", 10)), Gateways).Resources;

        var listener = Only<Listener>(resources, ResourceType.Listener);
        Assert.Equal(name, listener.Name);
        var manager = listener.ApiListener.ApiListener_.Unpack<HttpConnectionManager>();
        Assert.Equal(Host, manager.Rds.RouteConfigName);
        Assert.Equal("type.googleapis.com/envoy.extensions.filters.http.router.v3.Router", Assert.Single(manager.HttpFilters).TypedConfig.TypeUrl);
        var routes = Only<RouteConfiguration>(resources, ResourceType.RouteConfiguration);
        Assert.Equal((Host, "*"), (routes.Name, Assert.Single(Assert.Single(routes.VirtualHosts).Domains)));
    }

    [Fact]
    public void Weights_AreKeptWithTheirSum_AndZeroIsLeftOut()
    {
        var routes = Only<RouteConfiguration>(ProxylessTranslator.Translate(Host, Snapshot(("a", 90), ("b", 10), ("c", 0)), Gateways).Resources, ResourceType.RouteConfiguration);

        var shares = Assert.Single(routes.VirtualHosts[0].Routes).Route_.WeightedClusters;
        Assert.Equal([("default/a/80", 90u), ("default/b/80", 10u)], shares.Clusters.Select(share => (share.Name, share.Weight!.Value)));
        Assert.Equal(100u, shares.TotalWeight);
    }

    [Fact]
    public void ServiceThatDoesNotExist_IsAClusterWithoutEndpointsOfAKindThatClientsKnow()
    {
        var resources = ProxylessTranslator.Translate(Host, Snapshot(("a", 90), ("gone", 10)), Gateways).Resources;

        var cluster = All<Cluster>(resources, ResourceType.Cluster).Single(cluster => cluster.Name == GatewayNames.Nobody);
        Assert.Equal(Cluster.Types.DiscoveryType.Eds, cluster.Type);
        Assert.Empty(All<ClusterLoadAssignment>(resources, ResourceType.ClusterLoadAssignment).Single(assignment => assignment.ClusterName == GatewayNames.Nobody).Endpoints);
    }

    [Fact]
    public void Cluster_HasNothingThatClientsRefuse()
    {
        var cluster = All<Cluster>(ProxylessTranslator.Translate(Host, Snapshot(("a", 100)), Gateways).Resources, ResourceType.Cluster).Single();

        Assert.Equal((Cluster.Types.DiscoveryType.Eds, Cluster.Types.LbPolicy.RoundRobin), (cluster.Type, cluster.LbPolicy));
        Assert.NotNull(cluster.LrsServer.Self);
        Assert.NotNull(cluster.EdsClusterConfig.EdsConfig.Ads);
        Assert.Null(cluster.TransportSocket);
        Assert.Empty(cluster.TypedExtensionProtocolOptions);
    }

    [Theory]
    [InlineData(SksMode.Serve, 1, new[] { "0:10.0.0.1:8012", "1:10.0.9.1:8081" })]
    [InlineData(SksMode.Serve, 0, new[] { "0:10.0.9.1:8081" })]
    [InlineData(SksMode.Proxy, 1, new[] { "0:10.0.9.1:8081" })]
    public void Endpoints_HaveGatewaysInPlaceOfActivators_AndNoGap(SksMode mode, int pods, string[] expected)
    {
        var assignment = Only<ClusterLoadAssignment>(ProxylessTranslator.Translate(Host, Snapshot(mode, pods, ("a", 100)), Gateways).Resources, ResourceType.ClusterLoadAssignment);

        Assert.Equal(expected, assignment.Endpoints.SelectMany(locality => locality.LbEndpoints.Select(endpoint => $"{locality.Priority}:{endpoint.Endpoint.Address.SocketAddress.Address}:{endpoint.Endpoint.Address.SocketAddress.PortValue}")));
        Assert.All(assignment.Endpoints, locality => Assert.Equal(1u, locality.LoadBalancingWeight));
        Assert.All(assignment.Endpoints, locality => Assert.NotNull(locality.Locality));
    }

    [Fact]
    public void Host_ThatNobodyServes_HasNoResources_ButIsWaitedFor()
    {
        var read = ProxylessTranslator.Translate("other.example.com:443", new ResourceStore().Current, Gateways);

        Assert.Empty(read.Resources);
        Assert.Equal([new ResourceId(ResourceType.ScopedRouteConfiguration, "local|other.example.com")], read.Sources);
    }

    [Fact]
    public void Sources_AreAllThatWasRead()
    {
        var read = ProxylessTranslator.Translate(Host, Snapshot(("a", 100)), Gateways);

        Assert.Equal(
            ["cds:default/a/80", "eds:default/a/80", "rds:default/hello/local", $"srds:local|{Host}"],
            read.Sources.Select(source => source.ToString()).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void RedirectedHost_IsNotServed_AsClientsRefuseRedirects()
    {
        var store = new ResourceStore();
        foreach (var message in Messages(SksMode.Serve, 1, [("a", 100)], HttpOption.Redirected, IngressVisibility.ExternalIP))
        {
            store.Set(EncodedResource.Of(message));
        }

        var read = ProxylessTranslator.Translate(Host, store.Publish(), Gateways);

        Assert.DoesNotContain(read.Resources, resource => resource.Type == ResourceType.RouteConfiguration && resource.Body.Unpack<RouteConfiguration>().VirtualHosts.SelectMany(host => host.Routes).Any(route => route.Redirect is not null));
    }

    [Fact]
    public void BackendsOverTls_AreNotServed_UntilTheyAreInClear()
    {
        var secured = ProxylessTranslator.Translate(Host, Snapshot(new TranslationSettings { SecuresBackends = true }), Gateways);

        Assert.Empty(secured.Resources);
        Assert.Contains(new ResourceId(ResourceType.Cluster, "default/a/80/tls"), secured.Sources);
        Assert.NotEmpty(ProxylessTranslator.Translate(Host, Snapshot(new TranslationSettings()), Gateways).Resources);
    }

    private static ResourceSnapshot Snapshot(TranslationSettings settings)
    {
        var store = new ResourceStore();
        foreach (var message in Messages(SksMode.Serve, 1, [("a", 100)], HttpOption.Enabled, IngressVisibility.ClusterLocal, settings))
        {
            store.Set(EncodedResource.Of(message));
        }

        return store.Publish();
    }

    private static ResourceSnapshot Snapshot(params (string Service, int Percent)[] splits) => Snapshot(SksMode.Serve, 1, splits);

    private static ResourceSnapshot Snapshot(SksMode mode, int pods, params (string Service, int Percent)[] splits)
    {
        var store = new ResourceStore();
        foreach (var message in Messages(mode, pods, splits, HttpOption.Enabled, IngressVisibility.ClusterLocal))
        {
            store.Set(EncodedResource.Of(message));
        }

        return store.Publish();
    }

    private static IEnumerable<IMessage> Messages(SksMode mode, int pods, (string Service, int Percent)[] splits, HttpOption option, IngressVisibility visibility, TranslationSettings? settings = null)
    {
        var ingress = new Ingress
        {
            Key = new("default", "hello"),
            HttpOption = option,
            Rules =
            [
                new IngressRule(
                    [Host], visibility,
                    [new IngressPath { Splits = [.. splits.Select(split => new IngressSplit { Service = new("default", split.Service), Port = ServicePortRef.Of(80), Percent = split.Percent })] }]),
            ],
        };
        var resources = IngressTranslator.Translate(ingress, new Services(), settings).Value;
        return [.. resources.Messages, .. resources.Backends.Select(backend => EndpointTranslator.Translate(new EndpointView
        {
            Backend = backend,
            ServerlessService = new ServerlessServiceState { Key = backend.Service.Key, Mode = mode },
            PrivateEndpoints = new(backend.Service.Key, [.. Enumerable.Range(1, pods).Select(i => Endpoint($"10.0.0.{i}"))]),
            Activators = [Endpoint("10.0.1.1")],
        }))];
    }

    private static ServiceEndpoint Endpoint(string address) => new() { Address = address, Ports = ImmutableSortedDictionary<string, int>.Empty.Add("http2", 8012) };

    private static T Only<T>(IEnumerable<EncodedResource> resources, ResourceType type) where T : IMessage, new() => Assert.Single(All<T>(resources, type));

    private static IEnumerable<T> All<T>(IEnumerable<EncodedResource> resources, ResourceType type) where T : IMessage, new() =>
        resources.Where(resource => resource.Type == type).Select(resource => resource.Body.Unpack<T>());

    private sealed class Services : IBackendLookup
    {
        public BackendService? FindService(ObjectKey key) => key.Name == "gone" ? null : new() { Key = key, Ports = [new("http2", 80, ServicePortRef.Of(8012), "kubernetes.io/h2c")] };

        public CertificateReading FindCertificate(ObjectKey secret) => new(null, "does not exist");
    }
}
