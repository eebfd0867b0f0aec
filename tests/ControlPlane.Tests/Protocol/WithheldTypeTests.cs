using Envoy.Extensions.TransportSockets.Tls.V3;
using Envoy.Service.Discovery.V3;
using Knative.Xds.ControlPlane.Protocol;
using Knative.Xds.ControlPlane.Resources;
using Knative.Xds.ControlPlane.Tests.Resources;

namespace Knative.Xds.ControlPlane.Tests.Protocol;

/// <summary>A client that may not have keys learns nothing of them, and is served all else.</summary>
public sealed class WithheldTypeTests
{
    private const string Name = "default/tls";
    private static readonly StreamPolicy Policy = new() { Withheld = [ResourceType.Secret] };

    [Fact]
    public void Delta_WithheldType_IsMetWithSilence()
    {
        var machine = new DeltaMachine(Policy, Snapshot());

        Assert.Empty(machine.OnRequest(new DeltaDiscoveryRequest { Node = new() { Id = "gw" }, TypeUrl = ResourceType.Secret.TypeUrl(), ResourceNamesSubscribe = { Name } }));
        Assert.Single(machine.OnRequest(new DeltaDiscoveryRequest { TypeUrl = ResourceType.Cluster.TypeUrl() }).OfType<StreamEffect.Send>());
    }

    [Fact]
    public void Sotw_WithheldType_IsMetWithSilence()
    {
        var machine = new SotwMachine(Policy, Snapshot());

        Assert.Empty(machine.OnRequest(new DiscoveryRequest { Node = new() { Id = "gw" }, TypeUrl = ResourceType.Secret.TypeUrl(), ResourceNames = { Name } }));
        Assert.Single(machine.OnRequest(new DiscoveryRequest { TypeUrl = ResourceType.Cluster.TypeUrl() }).OfType<StreamEffect.Send>());
    }

    [Fact]
    public void Delta_TypeThatIsNotWithheld_IsSent() => Assert.Single(
        new DeltaMachine(StreamPolicy.Default, Snapshot()).OnRequest(new DeltaDiscoveryRequest { Node = new() { Id = "gw" }, TypeUrl = ResourceType.Secret.TypeUrl(), ResourceNamesSubscribe = { Name } }).OfType<StreamEffect.Send>());

    private static ResourceSnapshot Snapshot()
    {
        var store = new ResourceStore();
        store.Set(EncodedResource.Of(new Secret { Name = Name }));
        store.Set(Sample.Cluster("a"));
        return store.Publish();
    }
}
