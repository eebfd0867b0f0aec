using Knative.Xds.ControlPlane.Resources;
using Knative.Xds.ControlPlane.Tests.Resources;
using static Knative.Xds.ControlPlane.Resources.ResourceType;

namespace Knative.Xds.ControlPlane.Tests.Protocol;

/// <summary>What a change sends to an incremental client: itself, and nothing else. docs/compatibility.md lists the rules.</summary>
public sealed class DeltaChangeTests
{
    private readonly ResourceStore _store = new();

    [Fact]
    public void OneChange_SendsThatResourceAlone()
    {
        _store.With(Sample.Cluster("a"), Sample.Cluster("b"), Sample.Cluster("c"));
        var client = new DeltaClient(_store).Subscribe(Cluster);
        client.Accept(Cluster);
        _store.With(Sample.Cluster("b", 1));

        var response = client.Push().Receive(Cluster);

        Assert.Equal(["b"], DeltaClient.NamesOf(response));
        Assert.Empty(response.RemovedResources);
    }

    [Fact]
    public void OneRemoval_TellsThatNameAlone()
    {
        _store.With(Sample.Listener("a"), Sample.Listener("b"));
        var client = new DeltaClient(_store).Subscribe(Listener);
        client.Accept(Listener);
        _store.Remove(new(Listener, "a"));
        _store.Publish();

        var response = client.Push().Receive(Listener);

        Assert.Empty(response.Resources);
        Assert.Equal(["a"], response.RemovedResources);
    }

    [Fact]
    public void ChangesOfSeveralNames_AreOneResponse()
    {
        _store.With(Sample.Listener("a"), Sample.Listener("b"));
        var client = new DeltaClient(_store).Subscribe(Listener);
        client.Accept(Listener);
        _store.Remove(new(Listener, "a"));
        _store.With(Sample.Listener("b", 1), Sample.Listener("c"));

        var response = client.Push().Receive(Listener);

        Assert.Equal(["b", "c"], DeltaClient.NamesOf(response));
        Assert.Equal(["a"], response.RemovedResources);
        Assert.Empty(client.Inbox);
    }

    [Fact]
    public void NameGivenUpAndTakenAgainWhileOnItsWay_IsKnownToBeHeld()
    {
        _store.With(Sample.Cluster("a"));
        var client = new DeltaClient(_store).Subscribe(Cluster);
        var inFlight = client.Receive(Cluster);
        client.Unsubscribe(Cluster, "*").Subscribe(Cluster, "*");
        _store.Remove(new(Cluster, "a"));
        _store.Publish();

        var response = client.Push().Ack(inFlight).Receive(Cluster);

        Assert.Equal(["a"], response.RemovedResources);
    }
}
