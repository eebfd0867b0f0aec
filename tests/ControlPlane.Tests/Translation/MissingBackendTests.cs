using System.Collections.Immutable;
using Envoy.Config.Cluster.V3;
using Knative.Xds.ControlPlane.Translation;
using Knative.Xds.Core.Model;

namespace Knative.Xds.ControlPlane.Tests.Translation;

/// <summary>Services and ports that do not exist.</summary>
public sealed class MissingBackendTests
{
    private static readonly ObjectKey Key = new("ns", "ing");

    [Fact]
    public void Translate_NeverGood_MissingServiceCostsItsShareAlone()
    {
        var translated = Translate(Ingress(Split("good", 99), Split("gone", 1)), Services("good"));

        Assert.True(translated.IsGood);
        Assert.Equal(["spec.rules[0].http.paths[0].splits[1].serviceName ServiceNotFound"], Problems(translated));
        Assert.Equal([("ns/good/80", 99u), ("ns/gone/80/missing", 1u)], Shares(translated));
        Assert.Equal(["ns/gone/80/missing", "ns/good/80"], translated.Value.Clusters.Select(cluster => cluster.Name));
        Assert.All(translated.Value.Clusters, cluster => Assert.Equal(Cluster.Types.DiscoveryType.Eds, cluster.Type));
        Assert.Equal(["ns/gone", "ns/good"], translated.Value.Services.Select(service => service.ToString()));
    }

    [Theory]
    [InlineData(81, null, "ns/svc/81/missing")]
    [InlineData(0, "http2", "ns/svc/http2/missing")]
    public void Translate_NeverGood_MissingPortCostsItsShareAlone(int number, string? name, string cluster)
    {
        var translated = Translate(Ingress(Split("svc", 50), Split("svc", 50) with { Port = new(number, name) }), Services("svc"));

        Assert.Equal(["spec.rules[0].http.paths[0].splits[1].servicePort ServicePortNotFound"], Problems(translated));
        Assert.Equal([("ns/svc/80", 50u), (cluster, 50u)], Shares(translated));
    }

    [Fact]
    public void Translate_MissingService_HasAnAssignmentWithoutEndpointsWhateverIsKnown()
    {
        var backend = Translate(Ingress(Split("gone", 100)), Services()).Value.Backends.Single();
        var ports = ImmutableSortedDictionary<string, int>.Empty.Add("", 8012);
        var view = new EndpointView { Backend = backend, Endpoints = new(backend.Service.Key, [new ServiceEndpoint { Address = "10.0.0.1", Ports = ports }]) };

        var assignment = EndpointTranslator.Translate(view);

        Assert.Equal("ns/gone/80/missing", assignment.ClusterName);
        Assert.Empty(Assert.Single(assignment.Endpoints).LbEndpoints);
    }

    [Fact]
    public void Translate_ServiceOfTheLastGoodVersionGoes_ItsClusterStaysAndTheRestOfTheChangeIsInEffect()
    {
        var good = Translate(Ingress(Split("one", 50), Split("two", 50)), Services("one", "two")).Value;
        var next = Ingress(Split("one", 20), Split("two", 10), Split("three", 70));

        var translated = Translate(next, Services("one", "three"), good.Ports);

        Assert.Equal(["spec.rules[0].http.paths[0].splits[1].serviceName ServiceNotFound"], Problems(translated));
        Assert.Equal([("ns/one/80", 20u), ("ns/two/80", 10u), ("ns/three/80", 70u)], Shares(translated));
        Assert.Equal(good.Clusters.Single(cluster => cluster.Name == "ns/two/80"), translated.Value.Clusters.Single(cluster => cluster.Name == "ns/two/80"));
    }

    [Fact]
    public void Translate_PortOfTheLastGoodVersionGoes_ItsClusterStays()
    {
        var good = Translate(Ingress(Split("svc", 100)), Services("svc")).Value;

        var translated = Translate(Ingress(Split("svc", 100)), new Lookup([new BackendService { Key = new("ns", "svc"), Ports = [new("other", 90, ServicePortRef.Of(8012), null)] }]), good.Ports);

        Assert.Equal(["spec.rules[0].http.paths[0].splits[0].servicePort ServicePortNotFound"], Problems(translated));
        Assert.Equal([("ns/svc/80", 100u)], Shares(translated));
    }

    [Fact]
    public void Translate_ServiceOutsideOfTheLastGoodVersionGoes_ItsClusterStays()
    {
        var outside = new Lookup([new BackendService { Key = new("ns", "out"), ExternalName = "elsewhere.example.com" }]);
        var good = Translate(Ingress(Split("out", 100)), outside).Value;

        var translated = Translate(Ingress(Split("out", 100)), Services(), good.Ports);

        Assert.Equal(good.Clusters, translated.Value.Clusters);
        Assert.Empty(translated.Value.Backends);
    }

    [Fact]
    public void Translate_GoodVersionBeforeAndANewServiceIsMissing_NothingOfItIsInEffect()
    {
        var good = Translate(Ingress(Split("one", 100)), Services("one")).Value;

        var translated = Translate(Ingress(Split("one", 50), Split("new", 50)), Services("one"), good.Ports);

        Assert.False(translated.IsGood);
        Assert.Equal(["ServiceNotFound"], translated.Problems.Select(problem => problem.Reason));
        Assert.Empty(translated.Value.Messages);
        Assert.Equal(["ns/new", "ns/one"], translated.Value.Services.Select(service => service.ToString()));
    }

    [Fact]
    public void Translate_SystemInternalTls_MissingServiceIsNotSpokenToByTls()
    {
        var translated = Translate(Ingress(Split("gone", 100)), Services(), null, new TranslationSettings { SecuresBackends = true });

        Assert.Null(Assert.Single(translated.Value.Clusters).TransportSocket);
    }

    private static Translated<IngressResources> Translate(Ingress ingress, IBackendLookup lookup, IReadOnlyCollection<BackendPort>? known = null, TranslationSettings? settings = null) =>
        IngressTranslator.Translate(ingress, lookup, settings, known);

    private static IEnumerable<string> Problems(Translated<IngressResources> translated)
    {
        Assert.Empty(translated.Problems);
        return translated.Value.BackendProblems.Select(problem => $"{problem.Field} {problem.Reason}");
    }

    private static IEnumerable<(string Cluster, uint Weight)> Shares(Translated<IngressResources> translated) =>
        translated.Value.Routes[0].VirtualHosts.Single().Routes.Single().Route_.WeightedClusters.Clusters.Select(share => (share.Name, share.Weight ?? 0));

    private static Ingress Ingress(params IngressSplit[] splits) => new()
    {
        Key = Key,
        Rules = [new(["a.example.com"], IngressVisibility.ExternalIP, [new IngressPath { Splits = [.. splits] }])],
    };

    private static IngressSplit Split(string service, int percent) => new() { Service = new("ns", service), Port = ServicePortRef.Of(80), Percent = percent };

    private static Lookup Services(params string[] names) =>
        new([.. names.Select(name => new BackendService { Key = new("ns", name), Ports = [new BackendServicePort("http", 80, ServicePortRef.Of(8012), null)] })]);

    private sealed class Lookup(ImmutableArray<BackendService> services) : IBackendLookup
    {
        public BackendService? FindService(ObjectKey key) => services.FirstOrDefault(service => service.Key == key);

        public CertificateReading FindCertificate(ObjectKey secret) => default;
    }
}
