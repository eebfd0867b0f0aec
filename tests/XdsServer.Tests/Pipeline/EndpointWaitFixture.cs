using Knative.Xds.ControlPlane.Translation;
using Knative.Xds.Core.Model;
using Knative.Xds.XdsServer.Fleets;
using Knative.Xds.XdsServer.Pipeline;
using static Knative.Xds.ControlPlane.Resources.ResourceType;

namespace Knative.Xds.XdsServer.Tests.Pipeline;

/// <summary>A pipeline that waits for endpoints, and an ingress <c>a</c>.</summary>
public abstract class EndpointWaitFixture
{
    private protected static readonly ObjectKey Old = new("ns", "old");
    private protected static readonly ObjectKey New = new("ns", "new");

    private protected EndpointWaitFixture()
    {
        Objects = new(Fleets);
        Pipeline = new(Objects, new TranslationSettings()) { WaitsForEndpoints = true };
    }

    private protected FleetDirectory Fleets { get; } = new([new FleetOptions { IngressClasses = ["c"] }]);
    private protected FakeCluster Objects { get; }
    private protected IngressPipeline Pipeline { get; }

    /// <summary>Another ingress that has always been served as it is gives the bytes that there should be.</summary>
    private protected void AssertSameAsAnother(string service)
    {
        var fleets = new FleetDirectory([new FleetOptions { IngressClasses = ["c"] }]);
        var cluster = new FakeCluster(fleets);
        foreach (var (key, known) in Objects.Services)
        {
            cluster.Services[key] = known;
            cluster.PodOf[key] = Objects.PodOf.GetValueOrDefault(key, "");
        }

        var pipeline = new IngressPipeline(cluster, new TranslationSettings());
        pipeline.MarkIngress(cluster.WithIngress("b", service, 1, "b.example.com"));
        pipeline.Process();
        foreach (var type in new[] { Cluster, ClusterLoadAssignment })
        {
            var expected = Assert.Single(fleets.All[0].Store.Current[type].Resources);
            Assert.Equal(expected.Version, Fleets.All[0].Store.Current[type].Find(expected.Name)?.Version);
        }
    }

    private protected uint PortOf(string cluster) => Envoy.Config.Endpoint.V3.ClusterLoadAssignment.Parser.ParseFrom(Fleets.All[0].Store.Current[ClusterLoadAssignment].Find(cluster)!.Body.Value)
        .Endpoints.Single().LbEndpoints.Single().Endpoint.Address.SocketAddress.PortValue;

    /// <summary>Makes or changes ingress <c>a</c>: one host, several Services.</summary>
    private protected ObjectKey Splitting(params string[] services)
    {
        var key = Objects.WithIngress("a", services[0], 1, "a.example.com");
        var rule = Objects.IngressesByKey[key].Rules[0];
        var split = rule.Paths[0].Splits[0] with { Percent = 100 / services.Length };
        Objects.IngressesByKey[key] = Objects.IngressesByKey[key] with { Rules = [rule with { Paths = [rule.Paths[0] with { Splits = [.. services.Select(service => split with { Service = new("ns", service) })] }] }] };
        return key;
    }

    private protected void Delete(ObjectKey service)
    {
        Objects.Services.Remove(service);
        Pipeline.MarkService(service);
        Pipeline.Process();
    }

    private protected void Serving(string service, ObjectKey ingress)
    {
        Objects.WithService(service);
        Pipeline.MarkService(new(ingress.Namespace, service));
        Pipeline.Process();
    }

    private protected IEnumerable<string> Clusters() => Fleets.All[0].Store.Current[Cluster].Names.Order(StringComparer.Ordinal);

    private protected ObjectKey Serving(string service)
    {
        var ingress = Objects.WithService(service).WithIngress("a", service, 1, "a.example.com");
        Process(ingress);
        return ingress;
    }

    private protected void WithoutEndpoints(string service)
    {
        Objects.WithService(service);
        Objects.PodOf.Remove(new("ns", service));
    }

    private protected void Process(ObjectKey ingress)
    {
        Pipeline.MarkIngress(ingress);
        Pipeline.Process();
    }

    private protected string[] Routes() => [.. Fleets.All[0].Store.Current[RouteConfiguration].Resources.Select(routes => $"{routes}").Order()];
}
