using static Knative.Xds.ControlPlane.Resources.ResourceType;

namespace Knative.Xds.XdsServer.Tests.Pipeline;

/// <summary>What an ingress waits for: endpoints of a Service that it turns to.</summary>
public sealed class EndpointWaitTests : EndpointWaitFixture
{
    [Fact]
    public void ServiceWithoutKnownEndpoints_IngressKeepsItsRoutesUntilTheyAreKnown()
    {
        var ingress = Serving("old");
        var before = Routes();

        WithoutEndpoints("new");
        Process(Objects.WithIngress("a", "new", 1, "a.example.com"));

        Assert.Equal(before, Routes());
        Assert.Equal([New], Pipeline.Entries[ingress].Awaited);
        Assert.Equal([(ingress, 1L)], Pipeline.Waits);

        Objects.PodOf[New] = "10.0.0.2";
        Pipeline.MarkEndpoints(New);
        Pipeline.Process();

        Assert.NotEqual(before, Routes());
        Assert.Empty(Pipeline.Entries[ingress].Awaited);
        Assert.Equal(["ns/new/80"], Fleets.All[0].Store.Current[Cluster].Names);
    }

    [Fact]
    public void WaitEnds_IngressIsServedWithoutEndpoints()
    {
        var ingress = Serving("old");
        WithoutEndpoints("new");
        Process(Objects.WithIngress("a", "new", 1, "a.example.com"));

        Assert.Equal([New], Pipeline.EndWait(ingress, 1));
        Pipeline.Process();

        Assert.Equal(["ns/new/80"], Fleets.All[0].Store.Current[Cluster].Names);
        Assert.Empty(Pipeline.Entries[ingress].Awaited);
        Assert.Empty(Pipeline.Waits);

        // It does not begin again when something else about the ingress changes.
        Pipeline.MarkService(New);
        Pipeline.Process();
        Assert.Empty(Pipeline.Entries[ingress].Awaited);
    }

    [Fact]
    public void NewIngress_IsServedAtOnceAndAwaitsItsEndpoints()
    {
        WithoutEndpoints("new");
        var ingress = Objects.WithIngress("a", "new", 1, "a.example.com");
        Process(ingress);

        Assert.Equal(["ns/new/80"], Fleets.All[0].Store.Current[Cluster].Names);
        Assert.Equal([New], Pipeline.Entries[ingress].Awaited);

        // Translated again for another reason, it still waits.
        Pipeline.MarkService(New);
        Pipeline.Process();
        Assert.Equal([New], Pipeline.Entries[ingress].Awaited);

        Objects.PodOf[New] = "10.0.0.2";
        Pipeline.MarkEndpoints(New);
        Pipeline.Process();
        Assert.Empty(Pipeline.Entries[ingress].Awaited);
    }

    [Fact]
    public void ServiceInUseLosesItsEndpoints_NothingWaits()
    {
        var ingress = Serving("old");
        Objects.PodOf.Remove(Old);
        Pipeline.MarkEndpoints(Old);
        Process(Objects.WithIngress("a", "old", 1, "a.example.com", "b.example.com"));

        Assert.Empty(Pipeline.Entries[ingress].Awaited);
        Assert.Equal(["external|a.example.com", "external|b.example.com", "local|a.example.com", "local|b.example.com"], Fleets.All[0].Store.Current[ScopedRouteConfiguration].Names.Order());
    }

    [Fact]
    public void ServiceWithAShareOfZero_IsNotWaitedFor()
    {
        var ingress = Serving("old");
        WithoutEndpoints("new");
        var key = Objects.WithIngress("a", "old", 1, "a.example.com");
        var path = Objects.IngressesByKey[key].Rules[0].Paths[0];
        Objects.IngressesByKey[key] = Objects.IngressesByKey[key] with
        {
            Rules = [Objects.IngressesByKey[key].Rules[0] with { Paths = [path with { Splits = [.. path.Splits, path.Splits[0] with { Service = New, Percent = 0 }] }] }],
        };
        Process(key);

        Assert.Empty(Pipeline.Entries[ingress].Awaited);
        Assert.Equal(["ns/new/80", "ns/old/80"], Fleets.All[0].Store.Current[Cluster].Names.Order());
    }

    [Fact]
    public void AllEndpointsMayHaveChanged_WhoWaitsIsLookedAtAgain()
    {
        var ingress = Serving("old");
        WithoutEndpoints("new");
        Process(Objects.WithIngress("a", "new", 1, "a.example.com"));

        Objects.PodOf[New] = "10.0.0.2";
        Pipeline.MarkAllEndpoints();
        Pipeline.Process();

        Assert.Empty(Pipeline.Entries[ingress].Awaited);
    }

    [Fact]
    public void ServerStarts_NothingWaits()
    {
        Pipeline.WaitsForEndpoints = false;
        WithoutEndpoints("new");
        var ingress = Objects.WithIngress("a", "new", 1, "a.example.com");
        Process(ingress);
        Pipeline.WaitsForEndpoints = true;
        Pipeline.MarkService(New);
        Pipeline.Process();

        Assert.Empty(Pipeline.Entries[ingress].Awaited);
    }
}
