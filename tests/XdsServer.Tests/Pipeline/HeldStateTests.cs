
namespace Knative.Xds.XdsServer.Tests.Pipeline;

/// <summary>What is in effect of an ingress that waits: it follows what it refers to.</summary>
public sealed class HeldStateTests : EndpointWaitFixture
{
    [Fact]
    public void ServicesChangeWhileItWaits_WhatIsInEffectFollows()
    {
        var ingress = Serving("old");
        WithoutEndpoints("new");
        Process(Objects.WithIngress("a", "new", 1, "a.example.com"));
        var (translations, before) = (Pipeline.Translations, Routes());

        Objects.WithService("old", port: "h2c");
        Pipeline.MarkService(Old);
        Pipeline.Process();

        Assert.Equal([New], Pipeline.Entries[ingress].Awaited);
        Assert.Equal(before, Routes());
        Assert.Equal(translations + 2, Pipeline.Translations);
        Assert.Equal(8013u, PortOf("ns/old/80"));
        AssertSameAsAnother("old");
    }

    [Fact]
    public void OneServiceIsGoneAndAnotherChanges_TheOneStaysAndTheOtherFollows()
    {
        Objects.WithService("new");
        var ingress = Serving("old");
        Process(Splitting("old", "new"));

        Delete(Old);
        Objects.WithService("new", port: "h2c");
        Pipeline.MarkService(New);
        Pipeline.Process();

        Assert.Equal([Old], Pipeline.Entries[ingress].Awaited);
        Assert.Equal(["ns/new/80", "ns/old/80"], Clusters());
        Assert.Equal([8013u, 8012u], [PortOf("ns/new/80"), PortOf("ns/old/80")]);
        AssertSameAsAnother("new");
    }

    [Fact]
    public void IngressTurnsBadWhileItWaits_ItsNewestGoodStateIsWaitedForAndServed()
    {
        var ingress = Serving("old");
        WithoutEndpoints("new");
        Process(Objects.WithIngress("a", "new", 1, "a.example.com"));
        Process(Objects.WithIngress("a", "new", 1, "not a host"));

        Assert.Empty(Pipeline.Waits);
        Assert.Equal([New], Pipeline.Entries[ingress].Awaited);
        Assert.Equal("spec.rules[0].hosts[0]", Assert.Single(Pipeline.Entries[ingress].Problems).Field);
        Assert.Equal(["ns/old/80"], Clusters());

        Objects.PodOf[New] = "10.0.0.2";
        Pipeline.MarkEndpoints(New);
        Pipeline.Process();
        Assert.Equal(["ns/new/80"], Clusters());
        Assert.Equal("spec.rules[0].hosts[0]", Assert.Single(Pipeline.Entries[ingress].Problems).Field);
    }
}
