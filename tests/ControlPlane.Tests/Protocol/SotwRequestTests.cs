using Knative.Xds.ControlPlane.Resources;
using Knative.Xds.ControlPlane.Tests.Resources;
using static Knative.Xds.ControlPlane.Resources.ResourceType;

namespace Knative.Xds.ControlPlane.Tests.Protocol;

/// <summary>Which requests of the state-of-the-world variant are answered; docs/compatibility.md lists the rules.</summary>
public sealed class SotwRequestTests
{
    private readonly ResourceStore _store = new();

    [Fact]
    public void FirstRequest_WithAnOldNonce_IsAnswered()
    {
        _store.With(Sample.Listener("a"));
        var client = new SotwClient(_store);

        var response = Assert.Single(client.Send(new() { TypeUrl = Listener.TypeUrl(), ResponseNonce = "17", VersionInfo = "old" }));

        Assert.Equal([Sample.Listener("a").Body], response.Resources);
    }

    [Fact]
    public void FirstRequest_AtTheCurrentVersion_IsAnsweredAllTheSame()
    {
        _store.With(Sample.Cluster("a"));
        var client = new SotwClient(_store);
        var version = Assert.Single(client.Ask(Cluster)).VersionInfo;
        client.Reconnect();

        Assert.Equal(version, Assert.Single(client.Resume(Cluster, version)).VersionInfo);
    }

    [Fact]
    public void FirstRequest_ByNameAtAnUnknownVersion_IsAnsweredInFull()
    {
        _store.With(Sample.Routes("a"), Sample.Routes("b"));

        Assert.Equal(2, Assert.Single(new SotwClient(_store).Resume(RouteConfiguration, "v", "a", "b")).Resources.Count);
    }

    [Fact]
    public void ChangeBeforeTheFirstResponse_NewNamesAreAnswered()
    {
        _store.With(Sample.Routes("b"));
        var client = new SotwClient(_store);
        Assert.Empty(client.Ask(RouteConfiguration, "a"));

        Assert.Equal([Sample.Routes("b").Body], Assert.Single(client.Ask(RouteConfiguration, "a", "b")).Resources);
    }

    [Fact]
    public void Ack_SameNamesInAnotherOrder_IsMetWithSilence()
    {
        _store.With(Sample.Routes("a"), Sample.Routes("b"));
        var client = new SotwClient(_store);

        Assert.Empty(client.Ack(Assert.Single(client.Ask(RouteConfiguration, "a", "b")), "b", "a"));
    }

    [Fact]
    public void Ack_SentTwiceWithTheSameNonce_SecondIsJudgedByItsNames()
    {
        _store.With(Sample.Routes("a"), Sample.Routes("b"));
        var client = new SotwClient(_store);
        var first = Assert.Single(client.Ask(RouteConfiguration, "a"));
        Assert.Empty(client.Ack(first, "a"));

        Assert.Equal([Sample.Routes("b").Body], Assert.Single(client.Ack(first, "a", "b")).Resources);
    }

    [Fact]
    public void Ack_PendingChange_IsSentNext()
    {
        _store.With(Sample.Routes("a"));
        var client = new SotwClient(_store);
        var first = Assert.Single(client.Ask(RouteConfiguration, "a"));
        Assert.Empty(client.Push(Sample.Routes("a", "x")));

        Assert.Equal([Sample.Routes("a", "x").Body], Assert.Single(client.Ack(first, "a")).Resources);
    }

    [Fact]
    public void NamesOnlyRemoved_ByName_IsMetWithSilence()
    {
        _store.With(Sample.Routes("a"), Sample.Routes("b"));
        var client = new SotwClient(_store);

        Assert.Empty(client.Ack(Assert.Single(client.Ask(RouteConfiguration, "a", "b")), "a"));
    }

    [Fact]
    public void NameRemovedAndAddedAgain_UnchangedVersion_IsSentAgain()
    {
        _store.With(Sample.Assignment("a"), Sample.Assignment("b"));
        var client = new SotwClient(_store);
        var first = Assert.Single(client.Ask(ClusterLoadAssignment, "a", "b"));
        client.Ack(first, "a");

        Assert.Equal([Sample.Assignment("b").Body], Assert.Single(client.Ack(first, "a", "b")).Resources);
    }

    [Fact]
    public void NameAddedAtAnUnchangedCollection_SendsTheWholeSet()
    {
        _store.With(Sample.Cluster("a"), Sample.Cluster("b"), Sample.Cluster("c"));
        var client = new SotwClient(_store);
        var first = Assert.Single(client.Ask(Cluster, "a"));

        Assert.Equal([Sample.Cluster("a").Body, Sample.Cluster("b").Body], Assert.Single(client.Ack(first, "a", "b")).Resources);
    }

    [Fact]
    public void StaleNonce_NamesCountWhenTheClientRepeatsThem()
    {
        _store.With(Sample.Routes("a"), Sample.Routes("b"));
        var client = new SotwClient(_store);
        var first = Assert.Single(client.Ask(RouteConfiguration, "a"));
        client.Ack(first, "a");
        var second = Assert.Single(client.Push(Sample.Routes("a", "x")));
        Assert.Empty(client.Ack(first, "a", "b"));

        Assert.Equal([Sample.Routes("b").Body], Assert.Single(client.Ack(second, "a", "b")).Resources);
    }

    [Fact]
    public void QueuedChangeOfANameThatIsGivenUp_IsNotSent()
    {
        _store.With(Sample.Routes("a"), Sample.Routes("b"));
        var client = new SotwClient(_store);
        var first = Assert.Single(client.Ask(RouteConfiguration, "a", "b"));
        client.Push(Sample.Routes("a", "x"), Sample.Routes("b", "x"));

        Assert.Equal([Sample.Routes("b", "x").Body], Assert.Single(client.Ack(first, "b")).Resources);
    }
}
