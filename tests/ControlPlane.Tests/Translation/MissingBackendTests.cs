using System.Collections.Immutable;
using Envoy.Config.Cluster.V3;
using Knative.Xds.ControlPlane.Explaining;
using Knative.Xds.ControlPlane.Resources;
using Knative.Xds.ControlPlane.Translation;
using Knative.Xds.Core.Model;

namespace Knative.Xds.ControlPlane.Tests.Translation;

/// <summary>Services and ports that do not exist.</summary>
public sealed class MissingBackendTests
{
    private static readonly ObjectKey Key = new("ns", "ing");

    [Fact]
    public void Translate_MissingService_CostsItsShareAlone()
    {
        var translated = Translate(Ingress(Split("good", 99), Split("gone", 1)), Services("good"));

        Assert.Equal(["spec.rules[0].http.paths[0].splits[1].serviceName ServiceNotFound"], Problems(translated));
        Assert.Equal([("ns/good/80", 99u), ("~nobody", 1u)], Shares(translated));
        Assert.Equal(["ns/good/80", "~nobody"], translated.Value.Clusters.Select(cluster => cluster.Name));
        Assert.Equal(["ns/good/80"], translated.Value.Backends.Select(backend => backend.ClusterName));
        Assert.Equal(["ns/gone", "ns/good"], translated.Value.Services.Select(service => service.ToString()));
        Assert.Equal([new ObjectKey("ns", "gone")], translated.Value.Missing);
    }

    [Theory]
    [InlineData(81, null)]
    [InlineData(0, "http2")]
    public void Translate_MissingPort_CostsItsShareAlone(int number, string? name)
    {
        var translated = Translate(Ingress(Split("svc", 50), Split("svc", 50) with { Port = new(number, name) }), Services("svc"));

        Assert.Equal(["spec.rules[0].http.paths[0].splits[1].servicePort ServicePortNotFound"], Problems(translated));
        Assert.Equal([("ns/svc/80", 50u), ("~nobody", 50u)], Shares(translated));
    }

    [Fact]
    public void Explain_SharesOfWhatIsMissing_NameIt()
    {
        var routes = Translate(Ingress(Split("good", 98), Split("gone", 1), Split("good", 1) with { Port = ServicePortRef.Of("http2") }), Services("good")).Value.Routes[0];

        var answer = RouteExplainer.Explain(routes, new GatewayRequest { Host = "a.example.com" });

        Assert.Equal("98 % to ns/good/80, 1 % to ~nobody, as there is no ns/gone:80, 1 % to ~nobody, as there is no ns/good:http2", answer.Verdict);
        Assert.Equal([null, "ns/gone:80", "ns/good:http2"], answer.Splits.Select(split => split.Missing));
    }

    [Fact]
    public void Translate_NothingIsMissing_RoutesHaveNoMetadata() =>
        Assert.Null(Translate(Ingress(Split("good", 100)), Services("good")).Value.Routes[0].VirtualHosts.Single().Routes.Single().Metadata);

    [Fact]
    public void Translate_MissingServiceWithoutAShare_IsNamedAndNotMissed()
    {
        var translated = Translate(Ingress(Split("svc", 100), Split("gone", 0)), Services("svc"));

        Assert.Equal(["spec.rules[0].http.paths[0].splits[1].serviceName ServiceNotFound"], Problems(translated));
        Assert.Empty(translated.Value.Missing);
    }

    [Fact]
    public void Translate_OneSplitWithoutAPercent_IsMissed() =>
        Assert.Equal([new ObjectKey("ns", "gone")], Translate(Ingress(Split("gone", 0)), Services()).Value.Missing);

    [Fact]
    public void Translate_ManyAreMissing_TheyShareOneClusterWithoutEndpoints()
    {
        var one = Translate(Ingress(Split("gone", 50), Split("lost", 50) with { Port = ServicePortRef.Of("http2") }), Services());
        var two = Translate(Ingress(Split("absent", 100)) with { Key = new("ns", "other") }, Services(), new TranslationSettings { SecuresBackends = true });

        var cluster = Assert.Single(one.Value.Clusters);
        Assert.Equal((Cluster.Types.DiscoveryType.Static, "~nobody"), (cluster.Type, cluster.LoadAssignment.ClusterName));
        Assert.Empty(cluster.LoadAssignment.Endpoints);
        Assert.Null(cluster.TransportSocket);
        Assert.Equal(EncodedResource.Of(cluster).Version, EncodedResource.Of(Assert.Single(two.Value.Clusters)).Version);
        Assert.Empty(one.Value.Backends);
    }

    [Fact]
    public void Translate_SomethingElseIsWrongToo_NothingIsInEffectAndAllIsNamed()
    {
        var translated = IngressTranslator.Translate(Ingress() with { Rules = [new([], IngressVisibility.ExternalIP, [new IngressPath { Splits = [Split("gone", 100)] }])] }, Services());

        Assert.Equal(["HostsMissing", "ServiceNotFound"], translated.Problems.Select(problem => problem.Reason));
        Assert.Empty(translated.Value.Messages);
        Assert.Equal(["ns/gone"], translated.Value.Services.Select(service => service.ToString()));
    }

    private static Translated<IngressResources> Translate(Ingress ingress, IBackendLookup lookup, TranslationSettings? settings = null)
    {
        var translated = IngressTranslator.Translate(ingress, lookup, settings);
        Assert.Empty(translated.Problems);
        return translated;
    }

    private static IEnumerable<string> Problems(Translated<IngressResources> translated) => translated.Value.BackendProblems.Select(problem => $"{problem.Field} {problem.Reason}");

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
