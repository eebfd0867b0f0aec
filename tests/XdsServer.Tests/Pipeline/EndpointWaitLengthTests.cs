using static Knative.Xds.ControlPlane.Resources.ResourceType;

namespace Knative.Xds.XdsServer.Tests.Pipeline;

/// <summary>How long an ingress waits: once, however often it changes.</summary>
public sealed class EndpointWaitLengthTests : EndpointWaitFixture
{
    [Fact]
    public void NewGenerationsWhileItWaits_TheWaitIsNotBegunAgain_AndTheNewestIsServedWhenItEnds()
    {
        var ingress = Serving("old");
        WithoutEndpoints("new");
        Process(Objects.WithIngress("a", "new", 1, "a.example.com"));
        Assert.Equal([(ingress, 1L)], Pipeline.Waits);

        for (var generation = 3; generation < 6; generation++)
        {
            Process(Objects.WithIngress("a", "new", 1, "a.example.com", $"g{generation}.example.com"));
            Assert.Empty(Pipeline.Waits);
            Assert.Equal([New], Pipeline.Entries[ingress].Awaited);
        }

        Assert.Equal([New], Pipeline.EndWait(ingress, 1));
        Pipeline.Process();
        Assert.Empty(Pipeline.Entries[ingress].Awaited);
        Assert.Equal(["ns/new/80"], Clusters());
        Assert.Contains("external|g5.example.com", Fleets.All[0].Store.Current[ScopedRouteConfiguration].Names);
    }

    [Fact]
    public void AnotherServiceIsAddedWhileItWaits_TheWaitIsNotBegunAgain()
    {
        var ingress = Serving("old");
        WithoutEndpoints("new");
        WithoutEndpoints("newer");
        Process(Splitting("new"));
        Assert.Equal([(ingress, 1L)], Pipeline.Waits);
        Process(Splitting("new", "newer"));
        Assert.Empty(Pipeline.Waits);
        Assert.Equal([New, new("ns", "newer")], Pipeline.Entries[ingress].Awaited);

        Assert.Equal([New, new("ns", "newer")], Pipeline.EndWait(ingress, 1));
        Pipeline.Process();
        Assert.Empty(Pipeline.Entries[ingress].Awaited);
        Assert.Equal(["ns/new/80", "ns/newer/80"], Clusters());

        // Not even another generation waits for them again.
        Process(Splitting("new", "newer"));
        Assert.Empty(Pipeline.Waits);
    }

    [Fact]
    public void EachGenerationNamesAnotherServiceWithoutEndpoints_TheStateBeforeStaysForOneWaitOnly()
    {
        var ingress = Serving("old");
        for (var i = 0; i < 5; i++)
        {
            WithoutEndpoints($"new-{i}");
            Process(Splitting($"new-{i}"));
            Assert.Equal(i == 0 ? 1 : 0, Pipeline.Waits.Count);
            Assert.Equal(["ns/old/80"], Clusters());
        }

        // The wait ends in the moment in which one more comes.
        Assert.Equal([new("ns", "new-4")], Pipeline.EndWait(ingress, 1));
        WithoutEndpoints("new-5");
        Process(Splitting("new-5"));
        Assert.Equal(["ns/new-5/80"], Clusters());
        Assert.Empty(Pipeline.Entries[ingress].Awaited);

        // The next one is waited for from here on.
        WithoutEndpoints("new-6");
        Process(Splitting("new-6"));
        Assert.Equal([(ingress, 2L)], Pipeline.Waits);
        Assert.Equal(["ns/new-5/80"], Clusters());
        Assert.Equal([new("ns", "new-6")], Pipeline.EndWait(ingress, 2));
        Pipeline.Process();
        Assert.Equal(["ns/new-6/80"], Clusters());
    }

    [Fact]
    public void LimitOfAWaitThatIsOver_DoesNotEndALaterOne()
    {
        var ingress = Serving("old");
        Delete(Old);
        Assert.Equal([(ingress, 1L)], Pipeline.Waits);
        Serving("old", ingress);

        Delete(Old);
        Assert.Equal([(ingress, 2L)], Pipeline.Waits);

        Assert.Empty(Pipeline.EndWait(ingress, 1));
        Pipeline.Process();
        Assert.Equal([Old], Pipeline.Entries[ingress].Awaited);
        Assert.Equal(["ns/old/80"], Clusters());
    }
}
