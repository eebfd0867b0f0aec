using System.Collections.Immutable;
using Knative.Xds.ControlPlane.Translation;
using Knative.Xds.Core.Model;
using Knative.Xds.XdsServer.Fleets;
using Knative.Xds.XdsServer.Pipeline;
using Knative.Xds.XdsServer.Streams;
using static Knative.Xds.ControlPlane.Resources.ResourceType;

namespace Knative.Xds.XdsServer.Tests.Pipeline;

/// <summary>Several fleets with different ingresses.</summary>
public sealed class FleetPipelineTests
{
    private readonly FleetDirectory _fleets = new(
    [
        new FleetOptions { Name = "outside", IngressClasses = ["public", "both"], ExternalTlsListen = "0.0.0.0:8443" },
        new FleetOptions { Name = "inside", IngressClasses = ["private", "both"] },
    ]);

    private readonly FakeCluster _cluster;
    private readonly IngressPipeline _pipeline;

    public FleetPipelineTests()
    {
        _cluster = new FakeCluster(_fleets).WithService("svc");
        _pipeline = new(_cluster, new TranslationSettings());
    }

    private Fleet Outside => _fleets.All[0];
    private Fleet Inside => _fleets.All[1];

    [Fact]
    public void Process_EachFleet_HasItsIngressesAlone()
    {
        Add("open", "public", "open.example.com");
        Add("closed", "private", "closed.example.com");

        Assert.Equal(["ns/open/external", "ns/open/local"], Names(Outside));
        Assert.Equal(["ns/closed/external", "ns/closed/local"], Names(Inside));
    }

    [Fact]
    public void Process_IngressOfTwoFleets_IsTranslatedOnceAndItsResourcesAreShared()
    {
        Add("a", "both", "a.example.com");

        Assert.Equal(1, _pipeline.Translations);
        Assert.Same(Outside.Store.Current[RouteConfiguration].Find("ns/a/external"), Inside.Store.Current[RouteConfiguration].Find("ns/a/external"));
        Assert.Same(Outside.Store.Current[ClusterLoadAssignment].Find("ns/svc/80"), Inside.Store.Current[ClusterLoadAssignment].Find("ns/svc/80"));
    }

    [Theory]
    [InlineData("public", true)]
    [InlineData("private", false)]
    [InlineData("both", false)]
    public void Process_RedirectedIngress_IsRedirectedOnlyWhereAllOfItsFleetsListenWithTls(string ingressClass, bool isRedirected)
    {
        var key = _cluster.WithIngress("a", ingressClass, "svc", 1, ["a.example.com"]);
        _cluster.IngressesByKey[key] = _cluster.IngressesByKey[key] with { HttpOption = HttpOption.Redirected, Tls = [new(["a.example.com"], new("ns", "tls"))] };
        _cluster.Certificates[new("ns", "tls")] = new(new CertificatePair { Secret = new("ns", "tls"), Chain = [1], PrivateKey = [1] }, null);
        _pipeline.MarkIngress(key);
        _pipeline.Process();

        foreach (var fleet in _pipeline.Entries[key].Fleets)
        {
            var routes = fleet.Store.Current[RouteConfiguration].Find("ns/a/external")!.Body.Unpack<Envoy.Config.Route.V3.RouteConfiguration>();
            Assert.Equal(isRedirected, routes.VirtualHosts.SelectMany(host => host.Routes).Any(route => route.Redirect is not null));
        }
    }

    [Fact]
    public void Process_RoutesAreRefused_EndpointsOfTheFormerOnesGoOn()
    {
        _cluster.WithService("next");
        Add("a", "public", "a.example.com");
        var good = Outside.Store.Find(new(RouteConfiguration, "ns/a/external"))!;
        Outside.Ledger.Apply(new StreamEvent.Opened(1));
        Outside.Ledger.Apply(new StreamEvent.Subscribed(1, ScopedRouteConfiguration));
        Outside.Ledger.Apply(new StreamEvent.Acked(1, RouteConfiguration, [new(good.Name, good.Version)]));
        _pipeline.MarkIngress(_cluster.WithIngress("a", "public", "next", 1, ["a.example.com"]));
        _pipeline.Process();
        var bad = Outside.Store.Find(new(RouteConfiguration, "ns/a/external"))!;
        Outside.Owners.Replace(Outside.Former.Refuse(new(RouteConfiguration, bad.Name), bad.Version, "no")!);

        _cluster.WithService("svc", pod: "10.0.0.2");
        _pipeline.MarkEndpoints(new("ns", "svc"));
        _pipeline.Process();

        Assert.Contains("10.0.0.2", Outside.Store.Current[ClusterLoadAssignment].Find("ns/svc/80")!.Body.Value.ToStringUtf8(), StringComparison.Ordinal);
    }

    [Fact]
    public void Process_ChangeOfOneFleetsIngress_LeavesTheOtherFleetAlone()
    {
        _cluster.WithService("next");
        Add("open", "public", "open.example.com");
        Add("closed", "private", "closed.example.com");

        Add("open", "public", "open2.example.com");

        Assert.Equal([Outside], _pipeline.News);
    }

    [Fact]
    public void Process_EndpointsChange_ReachTheFleetsThatUseThemAlone()
    {
        _cluster.WithService("other");
        Add("open", "public", "open.example.com");
        Add("closed", "private", "closed.example.com", "other");

        _cluster.WithService("svc", pod: "10.0.0.2");
        _pipeline.MarkEndpoints(new("ns", "svc"));
        _pipeline.Process();

        Assert.Equal([Outside], _pipeline.News);
    }

    [Fact]
    public void Process_SameHostInTwoFleets_IsNoConflict()
    {
        Add("open", "public", "a.example.com");
        Add("closed", "private", "a.example.com");

        Assert.Empty(_pipeline.Entries[new("ns", "open")].Conflicts);
        Assert.Empty(_pipeline.Entries[new("ns", "closed")].Conflicts);
    }

    [Fact]
    public void Process_IngressMovesToAnotherFleet_LeavesTheFormerOneInTheEnd()
    {
        Add("a", "public", "a.example.com");

        Add("a", "private", "a.example.com");
        foreach (var (ingress, move) in _pipeline.Moves.TakeBegun())
        {
            _pipeline.EndMove(ingress, move);
        }

        _pipeline.Process();

        Assert.Empty(Names(Outside));
        Assert.Equal(0, Outside.Store.Current[ClusterLoadAssignment].Count);
        Assert.Equal(["ns/a/external", "ns/a/local"], Names(Inside));
        Assert.Equal(1, Inside.Store.Current[ClusterLoadAssignment].Count);
    }

    [Fact]
    public void Process_IngressLeavesAFleet_TheHostGoesToTheNext()
    {
        Add("old", "public", "a.example.com");
        Add("young", "public", "a.example.com");
        Assert.Single(_pipeline.Entries[new("ns", "young")].Conflicts);

        Add("old", "private", "a.example.com");

        Assert.Empty(_pipeline.Entries[new("ns", "young")].Conflicts);
        Assert.Equal("ns/young/external", Outside.Store.Current[ScopedRouteConfiguration].Find("external|a.example.com")!.References.Single());
    }

    [Fact]
    public void Process_ClassThatNoFleetServes_IsAsIfItWereGone()
    {
        Add("a", "public", "a.example.com");

        Add("a", "foreign", "a.example.com");

        Assert.Empty(_pipeline.Entries);
        Assert.Empty(Names(Outside));
    }

    private static ImmutableArray<string> Names(Fleet fleet) => [.. fleet.Store.Current[RouteConfiguration].Names.Order()];

    private void Add(string name, string ingressClass, string host, string service = "svc")
    {
        _pipeline.MarkIngress(_cluster.WithIngress(name, ingressClass, service, name == "old" ? 2 : 1, [host]));
        _pipeline.Process();
    }
}
