using static Knative.Xds.ControlPlane.Resources.ResourceType;

namespace Knative.Xds.XdsServer.Tests.Pipeline;

/// <summary>Services that do not exist are waited for like endpoints.</summary>
public sealed class MissingServiceWaitTests : EndpointWaitFixture
{
    [Fact]
    public void ServiceThatDoesNotExistYet_IsWaitedForLikeItsEndpoints()
    {
        var ingress = Serving("old");
        var before = Routes();

        Process(Objects.WithIngress("a", "new", 1, "a.example.com"));

        Assert.Equal(before, Routes());
        Assert.Equal([New], Pipeline.Entries[ingress].Awaited);
        Assert.Equal("ServiceNotFound", Assert.Single(Pipeline.Entries[ingress].Problems).Reason);
        Assert.Equal([(ingress, 1L)], Pipeline.Waits);

        // It comes before its endpoints do.
        WithoutEndpoints("new");
        Pipeline.MarkService(New);
        Pipeline.Process();
        Assert.Equal(before, Routes());
        Assert.Equal([New], Pipeline.Entries[ingress].Awaited);
        Assert.Empty(Pipeline.Entries[ingress].Problems);
        Assert.Empty(Pipeline.Waits);

        Objects.PodOf[New] = "10.0.0.2";
        Pipeline.MarkEndpoints(New);
        Pipeline.Process();
        Assert.Empty(Pipeline.Entries[ingress].Awaited);
        Assert.Equal(["ns/new/80"], Clusters());
    }

    [Fact]
    public void ServiceThatDoesNotExist_WaitEnds_ItsShareGoesToNobody_AndItIsNotWaitedForAgain()
    {
        var ingress = Serving("old");
        Process(Objects.WithIngress("a", "new", 1, "a.example.com"));

        Assert.Equal([New], Pipeline.EndWait(ingress, 1));
        Pipeline.Process();
        Assert.Equal(["~nobody"], Clusters());
        Assert.Equal([New], Pipeline.Entries[ingress].Missing);

        Process(Objects.WithIngress("a", "new", 1, "a.example.com", "b.example.com"));
        Assert.Empty(Pipeline.Entries[ingress].Awaited);
        Assert.Contains("external|b.example.com", Fleets.All[0].Store.Current[ScopedRouteConfiguration].Names);
    }

    [Fact]
    public void ServiceInUseIsDeleted_EverythingStaysUntilTheWaitEnds()
    {
        var ingress = Serving("old");
        var before = Routes();

        Delete(Old);
        Assert.Equal(before, Routes());
        Assert.Equal([Old], Pipeline.Entries[ingress].Awaited);
        Assert.Equal([(ingress, 1L)], Pipeline.Waits);
        Assert.Equal("ServiceNotFound", Assert.Single(Pipeline.Entries[ingress].Problems).Reason);

        // There again: as if nothing had been.
        Serving("old", ingress);
        Assert.Equal(before, Routes());
        Assert.Empty(Pipeline.Entries[ingress].Awaited);
        Assert.Empty(Pipeline.Entries[ingress].Problems);

        Delete(Old);
        Assert.Equal([Old], Pipeline.EndWait(ingress, 2));
        Pipeline.Process();
        Assert.Equal(["~nobody"], Clusters());
    }

    [Fact]
    public void OneServiceAfterTheOtherIsDeleted_TheWaitForTheFirstIsTheWaitForBoth()
    {
        Objects.WithService("new");
        var ingress = Serving("old");
        Process(Splitting("old", "new"));
        Assert.Equal(["ns/new/80", "ns/old/80"], Clusters());

        Delete(Old);
        Assert.Equal([(ingress, 1L)], Pipeline.Waits);
        Delete(New);
        Assert.Empty(Pipeline.Waits);
        Assert.Equal([New, Old], Pipeline.Entries[ingress].Awaited);
        Assert.Equal(["ns/new/80", "ns/old/80"], Clusters());

        Assert.Equal([New, Old], Pipeline.EndWait(ingress, 1));
        Pipeline.Process();
        Assert.Empty(Pipeline.Waits);
        Assert.Equal(["~nobody"], Clusters());
        Assert.Equal([New, Old], Pipeline.Entries[ingress].Missing);
    }

    [Fact]
    public void NewIngressOfAServiceThatDoesNotExist_WaitsForItsEndpointsWhenItComes()
    {
        var ingress = Objects.WithIngress("a", "new", 1, "a.example.com");
        Process(ingress);
        Assert.Empty(Pipeline.Entries[ingress].Awaited);
        Assert.Equal(["~nobody"], Clusters());

        WithoutEndpoints("new");
        Pipeline.MarkService(New);
        Pipeline.Process();
        Assert.Equal([New], Pipeline.Entries[ingress].Awaited);
        Assert.Equal([(ingress, 1L)], Pipeline.Waits);

        Objects.PodOf[New] = "10.0.0.2";
        Pipeline.MarkEndpoints(New);
        Pipeline.Process();
        Assert.Empty(Pipeline.Entries[ingress].Awaited);
        Assert.Equal(["ns/new/80"], Clusters());
    }
}
