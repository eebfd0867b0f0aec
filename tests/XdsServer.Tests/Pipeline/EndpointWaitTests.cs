using Knative.Xds.ControlPlane.Translation;
using Knative.Xds.Core.Model;
using Knative.Xds.XdsServer.Fleets;
using Knative.Xds.XdsServer.Pipeline;
using static Knative.Xds.ControlPlane.Resources.ResourceType;

namespace Knative.Xds.XdsServer.Tests.Pipeline;

public sealed class EndpointWaitTests
{
    private static readonly ObjectKey Old = new("ns", "old");
    private static readonly ObjectKey New = new("ns", "new");
    private readonly FleetDirectory _fleets = new([new FleetOptions { IngressClasses = ["c"] }]);
    private readonly FakeCluster _cluster;
    private readonly IngressPipeline _pipeline;

    public EndpointWaitTests()
    {
        _cluster = new(_fleets);
        _pipeline = new(_cluster, new TranslationSettings()) { WaitsForEndpoints = true };
    }

    [Fact]
    public void ServiceWithoutKnownEndpoints_IngressKeepsItsRoutesUntilTheyAreKnown()
    {
        var ingress = Serving("old");
        var before = Routes();

        WithoutEndpoints("new");
        Process(_cluster.WithIngress("a", "new", 1, "a.example.com"));

        Assert.Equal(before, Routes());
        Assert.Equal([New], _pipeline.Entries[ingress].Awaited);
        Assert.Equal([(ingress, 1L)], _pipeline.Waits);

        _cluster.PodOf[New] = "10.0.0.2";
        _pipeline.MarkEndpoints(New);
        _pipeline.Process();

        Assert.NotEqual(before, Routes());
        Assert.Empty(_pipeline.Entries[ingress].Awaited);
        Assert.Equal(["ns/new/80"], _fleets.All[0].Store.Current[Cluster].Names);
    }

    [Fact]
    public void WaitEnds_IngressIsServedWithoutEndpoints()
    {
        var ingress = Serving("old");
        WithoutEndpoints("new");
        Process(_cluster.WithIngress("a", "new", 1, "a.example.com"));

        Assert.Equal([New], _pipeline.EndWait(ingress, 1));
        _pipeline.Process();

        Assert.Equal(["ns/new/80"], _fleets.All[0].Store.Current[Cluster].Names);
        Assert.Empty(_pipeline.Entries[ingress].Awaited);
        Assert.Empty(_pipeline.Waits);

        // It does not begin again when something else about the ingress changes.
        _pipeline.MarkService(New);
        _pipeline.Process();
        Assert.Empty(_pipeline.Entries[ingress].Awaited);
    }

    [Fact]
    public void NewGenerationsWhileItWaits_TheWaitIsNotBegunAgain_AndTheNewestIsServedWhenItEnds()
    {
        var ingress = Serving("old");
        WithoutEndpoints("new");
        Process(_cluster.WithIngress("a", "new", 1, "a.example.com"));
        Assert.Equal([(ingress, 1L)], _pipeline.Waits);

        for (var generation = 3; generation < 6; generation++)
        {
            Process(_cluster.WithIngress("a", "new", 1, "a.example.com", $"g{generation}.example.com"));
            Assert.Empty(_pipeline.Waits);
            Assert.Equal([New], _pipeline.Entries[ingress].Awaited);
        }

        Assert.Equal([New], _pipeline.EndWait(ingress, 1));
        _pipeline.Process();
        Assert.Empty(_pipeline.Entries[ingress].Awaited);
        Assert.Equal(["ns/new/80"], Clusters());
        Assert.Contains("external|g5.example.com", _fleets.All[0].Store.Current[ScopedRouteConfiguration].Names);
    }

    [Fact]
    public void AnotherServiceIsAddedWhileItWaits_TheWaitIsNotBegunAgain()
    {
        var ingress = Serving("old");
        WithoutEndpoints("new");
        WithoutEndpoints("newer");
        Process(Splitting("new"));
        Assert.Equal([(ingress, 1L)], _pipeline.Waits);
        Process(Splitting("new", "newer"));
        Assert.Empty(_pipeline.Waits);
        Assert.Equal([New, new("ns", "newer")], _pipeline.Entries[ingress].Awaited);

        Assert.Equal([New, new("ns", "newer")], _pipeline.EndWait(ingress, 1));
        _pipeline.Process();
        Assert.Empty(_pipeline.Entries[ingress].Awaited);
        Assert.Equal(["ns/new/80", "ns/newer/80"], Clusters());

        // Not even another generation waits for them again.
        Process(Splitting("new", "newer"));
        Assert.Empty(_pipeline.Waits);
    }

    [Fact]
    public void EachGenerationNamesAnotherServiceWithoutEndpoints_TheStateBeforeStaysForOneWaitOnly()
    {
        var ingress = Serving("old");
        for (var i = 0; i < 5; i++)
        {
            WithoutEndpoints($"new-{i}");
            Process(Splitting($"new-{i}"));
            Assert.Equal(i == 0 ? 1 : 0, _pipeline.Waits.Count);
            Assert.Equal(["ns/old/80"], Clusters());
        }

        // The wait ends in the moment in which one more comes.
        Assert.Equal([new("ns", "new-4")], _pipeline.EndWait(ingress, 1));
        WithoutEndpoints("new-5");
        Process(Splitting("new-5"));
        Assert.Equal(["ns/new-5/80"], Clusters());
        Assert.Empty(_pipeline.Entries[ingress].Awaited);

        // The next one is waited for from here on.
        WithoutEndpoints("new-6");
        Process(Splitting("new-6"));
        Assert.Equal([(ingress, 2L)], _pipeline.Waits);
        Assert.Equal(["ns/new-5/80"], Clusters());
        Assert.Equal([new("ns", "new-6")], _pipeline.EndWait(ingress, 2));
        _pipeline.Process();
        Assert.Equal(["ns/new-6/80"], Clusters());
    }

    [Fact]
    public void LimitOfAWaitThatIsOver_DoesNotEndALaterOne()
    {
        var ingress = Serving("old");
        Delete(Old);
        Assert.Equal([(ingress, 1L)], _pipeline.Waits);
        Serving("old", ingress);

        Delete(Old);
        Assert.Equal([(ingress, 2L)], _pipeline.Waits);

        Assert.Empty(_pipeline.EndWait(ingress, 1));
        _pipeline.Process();
        Assert.Equal([Old], _pipeline.Entries[ingress].Awaited);
        Assert.Equal(["ns/old/80"], Clusters());
    }

    [Fact]
    public void ServicesChangeWhileItWaits_WhatIsInEffectFollows()
    {
        var ingress = Serving("old");
        WithoutEndpoints("new");
        Process(_cluster.WithIngress("a", "new", 1, "a.example.com"));
        var (translations, before) = (_pipeline.Translations, Routes());

        _cluster.WithService("old", port: "h2c");
        _pipeline.MarkService(Old);
        _pipeline.Process();

        Assert.Equal([New], _pipeline.Entries[ingress].Awaited);
        Assert.Equal(before, Routes());
        Assert.Equal(translations + 2, _pipeline.Translations);
        Assert.Equal(8013u, PortOf("ns/old/80"));
        AssertSameAsAnother("old");
    }

    [Fact]
    public void OneServiceIsGoneAndAnotherChanges_TheOneStaysAndTheOtherFollows()
    {
        _cluster.WithService("new");
        var ingress = Serving("old");
        Process(Splitting("old", "new"));

        Delete(Old);
        _cluster.WithService("new", port: "h2c");
        _pipeline.MarkService(New);
        _pipeline.Process();

        Assert.Equal([Old], _pipeline.Entries[ingress].Awaited);
        Assert.Equal(["ns/new/80", "ns/old/80"], Clusters());
        Assert.Equal([8013u, 8012u], [PortOf("ns/new/80"), PortOf("ns/old/80")]);
        AssertSameAsAnother("new");
    }

    [Fact]
    public void IngressTurnsBadWhileItWaits_ItsNewestGoodStateIsWaitedForAndServed()
    {
        var ingress = Serving("old");
        WithoutEndpoints("new");
        Process(_cluster.WithIngress("a", "new", 1, "a.example.com"));
        Process(_cluster.WithIngress("a", "new", 1, "not a host"));

        Assert.Empty(_pipeline.Waits);
        Assert.Equal([New], _pipeline.Entries[ingress].Awaited);
        Assert.Equal("spec.rules[0].hosts[0]", Assert.Single(_pipeline.Entries[ingress].Problems).Field);
        Assert.Equal(["ns/old/80"], Clusters());

        _cluster.PodOf[New] = "10.0.0.2";
        _pipeline.MarkEndpoints(New);
        _pipeline.Process();
        Assert.Equal(["ns/new/80"], Clusters());
        Assert.Equal("spec.rules[0].hosts[0]", Assert.Single(_pipeline.Entries[ingress].Problems).Field);
    }

    [Fact]
    public void NewIngress_IsServedAtOnceAndAwaitsItsEndpoints()
    {
        WithoutEndpoints("new");
        var ingress = _cluster.WithIngress("a", "new", 1, "a.example.com");
        Process(ingress);

        Assert.Equal(["ns/new/80"], _fleets.All[0].Store.Current[Cluster].Names);
        Assert.Equal([New], _pipeline.Entries[ingress].Awaited);

        // Translated again for another reason, it still waits.
        _pipeline.MarkService(New);
        _pipeline.Process();
        Assert.Equal([New], _pipeline.Entries[ingress].Awaited);

        _cluster.PodOf[New] = "10.0.0.2";
        _pipeline.MarkEndpoints(New);
        _pipeline.Process();
        Assert.Empty(_pipeline.Entries[ingress].Awaited);
    }

    [Fact]
    public void ServiceInUseLosesItsEndpoints_NothingWaits()
    {
        var ingress = Serving("old");
        _cluster.PodOf.Remove(Old);
        _pipeline.MarkEndpoints(Old);
        Process(_cluster.WithIngress("a", "old", 1, "a.example.com", "b.example.com"));

        Assert.Empty(_pipeline.Entries[ingress].Awaited);
        Assert.Equal(["external|a.example.com", "external|b.example.com", "local|a.example.com", "local|b.example.com"], _fleets.All[0].Store.Current[ScopedRouteConfiguration].Names.Order());
    }

    [Fact]
    public void ServiceWithAShareOfZero_IsNotWaitedFor()
    {
        var ingress = Serving("old");
        WithoutEndpoints("new");
        var key = _cluster.WithIngress("a", "old", 1, "a.example.com");
        var path = _cluster.IngressesByKey[key].Rules[0].Paths[0];
        _cluster.IngressesByKey[key] = _cluster.IngressesByKey[key] with
        {
            Rules = [_cluster.IngressesByKey[key].Rules[0] with { Paths = [path with { Splits = [.. path.Splits, path.Splits[0] with { Service = New, Percent = 0 }] }] }],
        };
        Process(key);

        Assert.Empty(_pipeline.Entries[ingress].Awaited);
        Assert.Equal(["ns/new/80", "ns/old/80"], _fleets.All[0].Store.Current[Cluster].Names.Order());
    }

    [Fact]
    public void AllEndpointsMayHaveChanged_WhoWaitsIsLookedAtAgain()
    {
        var ingress = Serving("old");
        WithoutEndpoints("new");
        Process(_cluster.WithIngress("a", "new", 1, "a.example.com"));

        _cluster.PodOf[New] = "10.0.0.2";
        _pipeline.MarkAllEndpoints();
        _pipeline.Process();

        Assert.Empty(_pipeline.Entries[ingress].Awaited);
    }

    [Fact]
    public void ServerStarts_NothingWaits()
    {
        _pipeline.WaitsForEndpoints = false;
        WithoutEndpoints("new");
        var ingress = _cluster.WithIngress("a", "new", 1, "a.example.com");
        Process(ingress);
        _pipeline.WaitsForEndpoints = true;
        _pipeline.MarkService(New);
        _pipeline.Process();

        Assert.Empty(_pipeline.Entries[ingress].Awaited);
    }

    [Fact]
    public void ServiceThatDoesNotExistYet_IsWaitedForLikeItsEndpoints()
    {
        var ingress = Serving("old");
        var before = Routes();

        Process(_cluster.WithIngress("a", "new", 1, "a.example.com"));

        Assert.Equal(before, Routes());
        Assert.Equal([New], _pipeline.Entries[ingress].Awaited);
        Assert.Equal("ServiceNotFound", Assert.Single(_pipeline.Entries[ingress].Problems).Reason);
        Assert.Equal([(ingress, 1L)], _pipeline.Waits);

        // It comes before its endpoints do.
        WithoutEndpoints("new");
        _pipeline.MarkService(New);
        _pipeline.Process();
        Assert.Equal(before, Routes());
        Assert.Equal([New], _pipeline.Entries[ingress].Awaited);
        Assert.Empty(_pipeline.Entries[ingress].Problems);
        Assert.Empty(_pipeline.Waits);

        _cluster.PodOf[New] = "10.0.0.2";
        _pipeline.MarkEndpoints(New);
        _pipeline.Process();
        Assert.Empty(_pipeline.Entries[ingress].Awaited);
        Assert.Equal(["ns/new/80"], Clusters());
    }

    [Fact]
    public void ServiceThatDoesNotExist_WaitEnds_ItsShareGoesToNobody_AndItIsNotWaitedForAgain()
    {
        var ingress = Serving("old");
        Process(_cluster.WithIngress("a", "new", 1, "a.example.com"));

        Assert.Equal([New], _pipeline.EndWait(ingress, 1));
        _pipeline.Process();
        Assert.Equal(["~nobody"], Clusters());
        Assert.Equal([New], _pipeline.Entries[ingress].Missing);

        Process(_cluster.WithIngress("a", "new", 1, "a.example.com", "b.example.com"));
        Assert.Empty(_pipeline.Entries[ingress].Awaited);
        Assert.Contains("external|b.example.com", _fleets.All[0].Store.Current[ScopedRouteConfiguration].Names);
    }

    [Fact]
    public void ServiceInUseIsDeleted_EverythingStaysUntilTheWaitEnds()
    {
        var ingress = Serving("old");
        var before = Routes();

        Delete(Old);
        Assert.Equal(before, Routes());
        Assert.Equal([Old], _pipeline.Entries[ingress].Awaited);
        Assert.Equal([(ingress, 1L)], _pipeline.Waits);
        Assert.Equal("ServiceNotFound", Assert.Single(_pipeline.Entries[ingress].Problems).Reason);

        // There again: as if nothing had been.
        Serving("old", ingress);
        Assert.Equal(before, Routes());
        Assert.Empty(_pipeline.Entries[ingress].Awaited);
        Assert.Empty(_pipeline.Entries[ingress].Problems);

        Delete(Old);
        Assert.Equal([Old], _pipeline.EndWait(ingress, 2));
        _pipeline.Process();
        Assert.Equal(["~nobody"], Clusters());
    }

    [Fact]
    public void OneServiceAfterTheOtherIsDeleted_TheWaitForTheFirstIsTheWaitForBoth()
    {
        _cluster.WithService("new");
        var ingress = Serving("old");
        Process(Splitting("old", "new"));
        Assert.Equal(["ns/new/80", "ns/old/80"], Clusters());

        Delete(Old);
        Assert.Equal([(ingress, 1L)], _pipeline.Waits);
        Delete(New);
        Assert.Empty(_pipeline.Waits);
        Assert.Equal([New, Old], _pipeline.Entries[ingress].Awaited);
        Assert.Equal(["ns/new/80", "ns/old/80"], Clusters());

        Assert.Equal([New, Old], _pipeline.EndWait(ingress, 1));
        _pipeline.Process();
        Assert.Empty(_pipeline.Waits);
        Assert.Equal(["~nobody"], Clusters());
        Assert.Equal([New, Old], _pipeline.Entries[ingress].Missing);
    }

    [Fact]
    public void NewIngressOfAServiceThatDoesNotExist_WaitsForItsEndpointsWhenItComes()
    {
        var ingress = _cluster.WithIngress("a", "new", 1, "a.example.com");
        Process(ingress);
        Assert.Empty(_pipeline.Entries[ingress].Awaited);
        Assert.Equal(["~nobody"], Clusters());

        WithoutEndpoints("new");
        _pipeline.MarkService(New);
        _pipeline.Process();
        Assert.Equal([New], _pipeline.Entries[ingress].Awaited);
        Assert.Equal([(ingress, 1L)], _pipeline.Waits);

        _cluster.PodOf[New] = "10.0.0.2";
        _pipeline.MarkEndpoints(New);
        _pipeline.Process();
        Assert.Empty(_pipeline.Entries[ingress].Awaited);
        Assert.Equal(["ns/new/80"], Clusters());
    }

    /// <summary>Another ingress that has always been served as it is gives the bytes that there should be.</summary>
    private void AssertSameAsAnother(string service)
    {
        var fleets = new FleetDirectory([new FleetOptions { IngressClasses = ["c"] }]);
        var cluster = new FakeCluster(fleets);
        foreach (var (key, known) in _cluster.Services)
        {
            cluster.Services[key] = known;
            cluster.PodOf[key] = _cluster.PodOf.GetValueOrDefault(key, "");
        }

        var pipeline = new IngressPipeline(cluster, new TranslationSettings());
        pipeline.MarkIngress(cluster.WithIngress("b", service, 1, "b.example.com"));
        pipeline.Process();
        foreach (var type in new[] { Cluster, ClusterLoadAssignment })
        {
            var expected = Assert.Single(fleets.All[0].Store.Current[type].Resources);
            Assert.Equal(expected.Version, _fleets.All[0].Store.Current[type].Find(expected.Name)?.Version);
        }
    }

    private uint PortOf(string cluster) => Envoy.Config.Endpoint.V3.ClusterLoadAssignment.Parser.ParseFrom(_fleets.All[0].Store.Current[ClusterLoadAssignment].Find(cluster)!.Body.Value)
        .Endpoints.Single().LbEndpoints.Single().Endpoint.Address.SocketAddress.PortValue;

    /// <summary>Makes or changes ingress <c>a</c>: one host, several Services.</summary>
    private ObjectKey Splitting(params string[] services)
    {
        var key = _cluster.WithIngress("a", services[0], 1, "a.example.com");
        var rule = _cluster.IngressesByKey[key].Rules[0];
        var split = rule.Paths[0].Splits[0] with { Percent = 100 / services.Length };
        _cluster.IngressesByKey[key] = _cluster.IngressesByKey[key] with { Rules = [rule with { Paths = [rule.Paths[0] with { Splits = [.. services.Select(service => split with { Service = new("ns", service) })] }] }] };
        return key;
    }

    private void Delete(ObjectKey service)
    {
        _cluster.Services.Remove(service);
        _pipeline.MarkService(service);
        _pipeline.Process();
    }

    private void Serving(string service, ObjectKey ingress)
    {
        _cluster.WithService(service);
        _pipeline.MarkService(new(ingress.Namespace, service));
        _pipeline.Process();
    }

    private IEnumerable<string> Clusters() => _fleets.All[0].Store.Current[Cluster].Names.Order(StringComparer.Ordinal);

    private ObjectKey Serving(string service)
    {
        var ingress = _cluster.WithService(service).WithIngress("a", service, 1, "a.example.com");
        Process(ingress);
        return ingress;
    }

    private void WithoutEndpoints(string service)
    {
        _cluster.WithService(service);
        _cluster.PodOf.Remove(new("ns", service));
    }

    private void Process(ObjectKey ingress)
    {
        _pipeline.MarkIngress(ingress);
        _pipeline.Process();
    }

    private string[] Routes() => [.. _fleets.All[0].Store.Current[RouteConfiguration].Resources.Select(routes => $"{routes}").Order()];
}
