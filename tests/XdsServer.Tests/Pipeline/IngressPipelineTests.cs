using System.Text;
using Knative.Xds.ControlPlane.Resources;
using Knative.Xds.ControlPlane.Translation;
using Knative.Xds.Core.Model;
using Knative.Xds.XdsServer.Fleets;
using Knative.Xds.XdsServer.Pipeline;
using static Knative.Xds.ControlPlane.Resources.ResourceType;

namespace Knative.Xds.XdsServer.Tests.Pipeline;

public sealed class IngressPipelineTests
{
    private readonly FleetDirectory _fleets = new([new FleetOptions { IngressClasses = ["c"] }]);
    private readonly FakeCluster _cluster;
    private readonly IngressPipeline _pipeline;
    private readonly List<string> _problems = [];

    public IngressPipelineTests()
    {
        _cluster = new(_fleets);
        _pipeline = new(_cluster, new TranslationSettings()) { OnProblem = (ingress, problem) => _problems.Add($"{ingress} {problem.Field} {problem.Reason}") };
    }

    private ResourceStore Store => _fleets.All[0].Store;

    [Fact]
    public void Process_NewIngress_PublishesScopesRoutesClusterAndEndpoints()
    {
        Add(_cluster.WithService("svc").WithIngress("a", "svc", 1, "a.example.com"));

        Assert.Equal(["external|a.example.com", "local|a.example.com"], Names(ScopedRouteConfiguration));
        Assert.Equal(["ns/a/external", "ns/a/local"], Names(RouteConfiguration));
        Assert.Equal(["ns/svc/80"], Names(Cluster));
        Assert.Equal(["ns/svc/80"], Names(ClusterLoadAssignment));
    }

    [Fact]
    public void Process_ServiceIsMissingAndStaysMissing_IsToldOnce()
    {
        Add(_cluster.WithIngress("a", "nope", 1, "a.example.com"));
        Add(new ObjectKey("ns", "a"));
        Assert.Equal(["ns/a spec.rules[0].http.paths[0].splits[0].serviceName ServiceNotFound"], _problems);

        _cluster.WithService("nope");
        Add(new ObjectKey("ns", "a"));
        Assert.Equal(0, _pipeline.Troubled);
        Assert.Single(_problems);
    }

    [Fact]
    public void Process_OneOfManyChanges_TranslatesOneAndChangesOneResourcePerListener()
    {
        _cluster.WithService("svc").WithService("svc2");
        var keys = Enumerable.Range(0, 200).Select(i => _cluster.WithIngress($"i{i}", "svc", 1, $"h{i}.example.com")).ToArray();
        _cluster.WithIngress("other", "svc2", 1, "other.example.com");
        Add([.. keys, new("ns", "other")]);
        var (translations, before) = (_pipeline.Translations, Store.Current);

        Add(_cluster.WithIngress("i7", "svc2", 1, "h7.example.com"));

        Assert.Equal(translations + 1, _pipeline.Translations);
        Assert.Equal(["ns/i7/external", "ns/i7/local"], Changed(before, RouteConfiguration));
        Assert.Empty(Changed(before, ScopedRouteConfiguration));
        Assert.Empty(Changed(before, Cluster));
    }

    [Fact]
    public void Process_EndpointsChange_TranslatesNothingAndChangesOneAssignment()
    {
        Add(_cluster.WithService("svc").WithIngress("a", "svc", 1, "a.example.com"));
        var (translations, before) = (_pipeline.Translations, Store.Current);

        _cluster.WithService("svc", pod: "10.0.0.2");
        _pipeline.MarkEndpoints(new("ns", "svc"));
        _pipeline.Process();

        Assert.Equal(translations, _pipeline.Translations);
        Assert.Equal(["ns/svc/80"], Changed(before, ClusterLoadAssignment));
        Assert.Empty(Changed(before, Cluster));
    }

    [Fact]
    public void Process_NothingReallyChanged_HasNoNews()
    {
        var key = _cluster.WithService("svc").WithIngress("a", "svc", 1, "a.example.com");
        Add(key);

        Add(key);

        Assert.Empty(_pipeline.News);
    }

    [Fact]
    public void Process_IngressTurnsBad_KeepsItsLastGoodResourcesAndNamesTheField()
    {
        Add(_cluster.WithService("svc").WithIngress("a", "svc", 1, "a.example.com"));
        var before = Store.Current;

        Splitting(("svc", 60), ("svc", 30));

        Assert.Empty(_pipeline.News);
        Assert.Equal(before[RouteConfiguration].Count, Store.Current[RouteConfiguration].Count);
        Assert.Equal("spec.rules[0].http.paths[0].splits", Assert.Single(_pipeline.Entries[new("ns", "a")].Problems).Field);
    }

    [Fact]
    public void Process_WhatABadIngressRefersToChanges_ItsLastGoodStateFollows()
    {
        _cluster.Certificates[new("ns", "tls-a")] = Certificate("tls-a", "one");
        Add(WithCertificate("a", "tls-a", "a.example.com"), _cluster.WithIngress("b", "svc", 2, "b.example.com"));
        Add(_cluster.WithIngress("a", "svc", 1, "not a host"));
        var before = Store.Current;
        var translations = _pipeline.Translations;

        _cluster.Certificates[new("ns", "tls-a")] = Certificate("tls-a", "two");
        _pipeline.MarkSecret(new("ns", "tls-a"));
        _cluster.WithService("svc", port: "h2c");
        _pipeline.MarkService(new("ns", "svc"));
        _pipeline.Process();

        // Both ingresses, and the state of the one that is bad.
        Assert.Equal(translations + 3, _pipeline.Translations);
        Assert.Equal(["a.example.com"], Changed(before, Secret));
        Assert.Equal(["ns/svc/80"], Changed(before, Cluster));
        Assert.Equal(["ns/svc/80"], Changed(before, ClusterLoadAssignment));
        Assert.Equal("spec.rules[0].hosts[0]", Assert.Single(_pipeline.Entries[new("ns", "a")].Problems).Field);

        // Whose turn it is does not matter: the one that is bad does not bring back what it had.
        before = Store.Current;
        Add(new ObjectKey("ns", "a"));
        Assert.Empty(_pipeline.News);
        _cluster.IngressesByKey.Remove(new("ns", "b"));
        Add(new ObjectKey("ns", "b"));
        Assert.Empty(Changed(before, Cluster));
    }

    [Fact]
    public void Process_IngressWithAMissingService_ServesTheRestAndNamesIt()
    {
        _cluster.WithService("svc");
        var ingress = Splitting(("svc", 99), ("gone", 1));

        Assert.Equal(["external|a.example.com", "local|a.example.com"], Names(ScopedRouteConfiguration));
        Assert.Equal(["ns/svc/80", "~nobody"], Names(Cluster).Order(StringComparer.Ordinal));
        Assert.Equal(["ns/svc/80"], Names(ClusterLoadAssignment));
        Assert.Equal("spec.rules[0].http.paths[0].splits[1].serviceName", Assert.Single(_pipeline.Entries[ingress].Problems).Field);
        Assert.Equal(1, _pipeline.Troubled);

        _cluster.WithService("gone");
        _pipeline.MarkService(new("ns", "gone"));
        _pipeline.Process();
        Assert.Equal(["ns/gone/80", "ns/svc/80"], Names(Cluster));
        Assert.Empty(_pipeline.Entries[ingress].Problems);
        Assert.Equal(0, _pipeline.Troubled);
    }

    [Fact]
    public void Process_IngressWithAMissingServiceChanges_TheChangeIsInEffect()
    {
        _cluster.WithService("svc");
        Splitting(("svc", 99), ("gone", 1));

        Splitting(("svc", 50), ("gone", 25), ("also-gone", 25));

        Assert.Equal([("ns/svc/80", 50u), ("~nobody", 25u), ("~nobody", 25u)], Shares());
    }

    [Fact]
    public void MarkService_MissingServiceAppears_TheIngressThatWaitedIsTranslated()
    {
        Add(_cluster.WithIngress("a", "late", 1, "a.example.com"));
        _cluster.WithService("late");

        _pipeline.MarkService(new("ns", "late"));
        _pipeline.Process();

        Assert.Empty(_pipeline.Entries[new("ns", "a")].Problems);
        Assert.Equal(["ns/late/80"], Names(Cluster));
    }

    [Fact]
    public void Process_SameHost_TheOlderHasItWhateverTheOrderAndTheOtherHostsStay()
    {
        _cluster.WithService("svc");
        var young = _cluster.WithIngress("young", "svc", 1, "shared.example.com", "mine.example.com");
        Add(young);
        var old = _cluster.WithIngress("old", "svc", 2, "shared.example.com");
        Add(old);

        Assert.Equal("ns/old/external", RoutesOf("external|shared.example.com"));
        Assert.Equal("ns/young/external", RoutesOf("external|mine.example.com"));
        Assert.Empty(_pipeline.Entries[old].Conflicts);
        var conflict = Assert.Single(_pipeline.Entries[young].Conflicts);
        Assert.Equal(("spec.rules[0].hosts[0]", "DomainConflict"), (conflict.Field, conflict.Reason));
        Assert.Contains("ns/old", conflict.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Process_OwnerOfASharedHostGoes_TheOtherGetsIt()
    {
        _cluster.WithService("svc");
        var old = _cluster.WithIngress("old", "svc", 2, "shared.example.com");
        var young = _cluster.WithIngress("young", "svc", 1, "shared.example.com");
        Add(old, young);
        _cluster.IngressesByKey.Remove(old);

        _pipeline.MarkIngress(old);
        var affected = _pipeline.Process();

        Assert.Contains(young, affected);
        Assert.Equal("ns/young/external", RoutesOf("external|shared.example.com"));
        Assert.Empty(_pipeline.Entries[young].Conflicts);
    }

    [Fact]
    public void Process_SecretNotReadYet_RoutesAreThereAndTheCertificateFollows()
    {
        var key = WithCertificate("a", "tls-a", "a.example.com");
        Add(key);
        Assert.True(_pipeline.Entries[key].IsPending);
        Assert.Equal(["external|a.example.com", "local|a.example.com"], Names(ScopedRouteConfiguration));
        Assert.Empty(Names(Secret));

        _cluster.Certificates[new("ns", "tls-a")] = Certificate("tls-a", "one");
        _pipeline.MarkSecret(new("ns", "tls-a"));
        _pipeline.Process();

        Assert.False(_pipeline.Entries[key].IsPending);
        Assert.Equal(["a.example.com"], Names(Secret));
    }

    [Fact]
    public void Process_SecretIsNamedAnew_TheHostKeepsItsCertificateUntilTheNewOneIsRead()
    {
        var told = new List<string>();
        var pipeline = new IngressPipeline(_cluster, new TranslationSettings()) { OnSecretWanted = secret => told.Add($"+{secret.Name}"), OnSecretUnwanted = secret => told.Add($"-{secret.Name}") };
        _cluster.Certificates[new("ns", "first")] = Certificate("first", "one");
        var key = WithCertificate("a", "first", "a.example.com");
        Run(pipeline, key);
        var before = Store.Current;

        // Renamed twice before either is read.
        Run(pipeline, WithCertificate("a", "second", "a.example.com"));
        Run(pipeline, WithCertificate("a", "third", "a.example.com"));
        Assert.Empty(Changed(before, Secret));
        Assert.True(pipeline.Entries[key].IsPending);
        Assert.Equal(["+first", "+second", "+third", "-second"], told);

        _cluster.Certificates[new("ns", "third")] = Certificate("third", "three");
        pipeline.MarkSecret(new("ns", "third"));
        pipeline.Process();
        Assert.Equal(["a.example.com"], Changed(before, Secret));
        Assert.Equal("three", Served("a.example.com"));
        Assert.False(pipeline.Entries[key].IsPending);
        Assert.Equal("-first", told[^1]);
    }

    [Fact]
    public void Process_NewSecretHasNoCertificate_TheHostHasNone()
    {
        _cluster.Certificates[new("ns", "first")] = Certificate("first", "one");
        Add(WithCertificate("a", "first", "a.example.com"));

        _cluster.Certificates[new("ns", "second")] = new(null, "does not exist");
        Add(WithCertificate("a", "second", "a.example.com"));

        Assert.Empty(Names(Secret));
    }

    [Fact]
    public void Process_CertificateRotates_ChangesTheSecretAlone()
    {
        _cluster.Certificates[new("ns", "tls-a")] = Certificate("tls-a", "one");
        Add(WithCertificate("a", "tls-a", "a.example.com"), WithCertificate("b", "tls-b", "b.example.com"));
        var before = Store.Current;

        _cluster.Certificates[new("ns", "tls-a")] = Certificate("tls-a", "two");
        _pipeline.MarkSecret(new("ns", "tls-a"));
        _pipeline.Process();

        Assert.Equal(["a.example.com"], Changed(before, Secret));
        Assert.All(ResourceTypes.All.Except([Secret]), type => Assert.Empty(Changed(before, type)));
    }

    [Fact]
    public void Process_SecretsComeAndGo_TheyAreWantedAsLongAsAnIngressNamesThem()
    {
        var told = new List<string>();
        var pipeline = new IngressPipeline(_cluster, new TranslationSettings()) { OnSecretWanted = secret => told.Add($"+{secret.Name}"), OnSecretUnwanted = secret => told.Add($"-{secret.Name}") };
        Run(pipeline, WithCertificate("a", "shared", "a.example.com"), WithCertificate("b", "shared", "b.example.com"));
        Run(pipeline, WithCertificate("a", "own", "a.example.com"));
        Run(pipeline, _cluster.WithIngress("b", "svc", 1, "b.example.com"));
        _cluster.IngressesByKey.Clear();
        Run(pipeline, new ObjectKey("ns", "a"), new ObjectKey("ns", "b"));

        Assert.Equal(["+shared", "+own", "-shared", "-own"], told);
    }

    [Fact]
    public void Process_TwoIngressesHaveCertificatesForAHost_TheOldersIsServed()
    {
        _cluster.Certificates[new("ns", "young")] = Certificate("young", "young");
        _cluster.Certificates[new("ns", "old")] = Certificate("old", "old");
        Add(WithCertificate("young", "young", "a.example.com", age: 1));
        Add(WithCertificate("old", "old", "a.example.com", age: 2));

        Assert.Equal("old", Served("a.example.com"));
        Assert.Single(_pipeline.Entries[new("ns", "young")].Conflicts);
    }

    [Fact]
    public void Process_AllIngressesGo_NothingStays()
    {
        _cluster.WithService("svc");
        ObjectKey[] keys = [_cluster.WithIngress("a", "svc", 1, "a.example.com"), _cluster.WithIngress("b", "svc", 1, "b.example.com")];
        Add(keys);
        _cluster.IngressesByKey.Clear();

        Add(keys);

        Assert.All(ResourceTypes.All, type => Assert.Equal(0, Store.Current[type].Count));
        Assert.Empty(_pipeline.Entries);
    }

    private static void Run(IngressPipeline pipeline, params ObjectKey[] keys)
    {
        foreach (var key in keys)
        {
            pipeline.MarkIngress(key);
        }

        pipeline.Process();
    }

    private static CertificateReading Certificate(string secret, string content) =>
        new(new CertificatePair { Secret = new("ns", secret), Chain = [.. Encoding.UTF8.GetBytes(content)], PrivateKey = [.. Encoding.UTF8.GetBytes(content)] }, null);

    private ObjectKey WithCertificate(string name, string secret, string host, int age = 1)
    {
        var key = _cluster.WithService("svc").WithIngress(name, "svc", age, host);
        _cluster.IngressesByKey[key] = _cluster.IngressesByKey[key] with { Tls = [new IngressTls([host], new("ns", secret))] };
        return key;
    }

    /// <summary>Makes or changes ingress <c>a</c>: one host, several Services.</summary>
    private ObjectKey Splitting(params (string Service, int Percent)[] splits)
    {
        var key = _cluster.WithIngress("a", splits[0].Service, 1, "a.example.com");
        var rule = _cluster.IngressesByKey[key].Rules[0];
        var path = new IngressPath { Splits = [.. splits.Select(split => rule.Paths[0].Splits[0] with { Service = new("ns", split.Service), Percent = split.Percent })] };
        _cluster.IngressesByKey[key] = _cluster.IngressesByKey[key] with { Rules = [rule with { Paths = [path] }] };
        Add(key);
        return key;
    }

    private IEnumerable<(string Cluster, uint Weight)> Shares() =>
        Envoy.Config.Route.V3.RouteConfiguration.Parser.ParseFrom(Store.Current[RouteConfiguration].Find("ns/a/external")!.Body.Value)
            .VirtualHosts.Single().Routes.Single().Route_.WeightedClusters.Clusters.Select(share => (share.Name, share.Weight ?? 0));

    private string Served(string host) =>
        Envoy.Extensions.TransportSockets.Tls.V3.Secret.Parser.ParseFrom(Store.Current[Secret].Find(host)!.Body.Value).TlsCertificate.CertificateChain.InlineBytes.ToStringUtf8();

    private void Add(params ObjectKey[] keys) => Run(_pipeline, keys);

    private IEnumerable<string> Names(ResourceType type) => Store.Current[type].Names.Order();

    private string? RoutesOf(string scope) => Store.Current[ScopedRouteConfiguration].Find(scope)?.References.Single();

    private string[] Changed(ResourceSnapshot before, ResourceType type)
    {
        Assert.True(Store.Current[type].TryChangedSince(before[type].Sequence, out var names));
        return [.. names.ToArray().Order()];
    }
}
