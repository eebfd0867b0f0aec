using Knative.Xds.ControlPlane.Protocol;
using Knative.Xds.ControlPlane.Resources;
using Knative.Xds.ControlPlane.Tests.Resources;
using static Knative.Xds.ControlPlane.Resources.ResourceType;

namespace Knative.Xds.ControlPlane.Tests.Protocol;

/// <summary>Which names of a type an incremental client is sent: everything, some, or none. docs/compatibility.md lists the rules.</summary>
public sealed class DeltaNameTests
{
    private readonly ResourceStore _store = new();

    [Fact]
    public void Everything_ThenAName_StaysEverything()
    {
        _store.With(Sample.Cluster("a"), Sample.Cluster("b"));
        var client = new DeltaClient(_store).Subscribe(Cluster);
        client.Accept(Cluster);
        client.Subscribe(Cluster, "a").Accept(Cluster);
        _store.With(Sample.Cluster("b", 1));

        Assert.Equal(["b"], DeltaClient.NamesOf(client.Push().Receive(Cluster)));
    }

    [Fact]
    public void EverythingGivenUpAndTheNameToo_IsNothingNotEverything()
    {
        _store.With(Sample.Cluster("a"), Sample.Cluster("b"));
        var client = new DeltaClient(_store).Subscribe(Cluster);
        client.Accept(Cluster);
        client.Subscribe(Cluster, "a").Accept(Cluster);
        client.Unsubscribe(Cluster, "*").Unsubscribe(Cluster, "a");
        _store.With(Sample.Cluster("a", 1), Sample.Cluster("b", 1));

        Assert.Empty(client.Push().Inbox);
    }

    [Fact]
    public void LegacyEverything_GivenUpAsStar_IsNothing()
    {
        _store.With(Sample.Cluster("a"));
        var client = new DeltaClient(_store).Subscribe(Cluster);
        client.Accept(Cluster);
        client.Unsubscribe(Cluster, "*");
        _store.With(Sample.Cluster("a", 1));

        Assert.Empty(client.Push().Inbox);
    }

    [Fact]
    public void FirstRequestWithAName_IsThatNameAlone()
    {
        _store.With(Sample.Cluster("a"), Sample.Cluster("b"));

        Assert.Equal(["a"], DeltaClient.NamesOf(new DeltaClient(_store).Subscribe(Cluster, "a").Receive(Cluster)));
    }

    [Fact]
    public void NamesThenStar_IsEverythingThenNamesAgain()
    {
        _store.With(Sample.Cluster("a"), Sample.Cluster("b"));
        var client = new DeltaClient(_store).Subscribe(Cluster, "a");
        client.Accept(Cluster);

        Assert.Equal(["b"], DeltaClient.NamesOf(client.Subscribe(Cluster, "*").Accept(Cluster)));
        _store.With(Sample.Cluster("a", 1), Sample.Cluster("b", 1));
        Assert.Equal(["a"], DeltaClient.NamesOf(client.Unsubscribe(Cluster, "*").Push().Receive(Cluster)));
    }

    [Fact]
    public void StarOfAByNameType_MeansNothing()
    {
        _store.With(Sample.Routes("a"));

        Assert.Empty(new DeltaClient(_store).Subscribe(RouteConfiguration, "*").Inbox);
    }

    [Fact]
    public void NoNamesAfterNames_IsAnAckNotEverything()
    {
        _store.With(Sample.Cluster("a"), Sample.Cluster("b"));
        var client = new DeltaClient(_store).Subscribe(Cluster, "a");

        Assert.Empty(client.Ack(client.Receive(Cluster)).Send(new() { TypeUrl = Cluster.TypeUrl() }).Inbox);
    }

    [Fact]
    public void EmptyFirstRequestOfAGrpcClient_MeansNothing()
    {
        _store.With(Sample.Listener("a"));
        var effects = new DeltaMachine(StreamPolicy.Default, _store.Current).OnRequest(new() { Node = new() { Id = "n", UserAgentName = "gRPC C-core" }, TypeUrl = Listener.TypeUrl() });

        Assert.Empty(effects.OfType<StreamEffect.Send>());
    }

    [Fact]
    public void UnsubscribeOfAnUnknownName_IsMetWithSilence()
    {
        _store.With(Sample.Routes("a"));
        var client = new DeltaClient(_store).Subscribe(RouteConfiguration, "a");
        client.Accept(RouteConfiguration);

        Assert.Empty(client.Unsubscribe(RouteConfiguration, "phantom").Inbox);
    }

    [Fact]
    public void Unsubscribe_IsMetWithSilenceAndChangesAreNotSent()
    {
        _store.With(Sample.Routes("a"));
        var client = new DeltaClient(_store).Subscribe(RouteConfiguration, "a");
        client.Accept(RouteConfiguration);
        Assert.Empty(client.Unsubscribe(RouteConfiguration, "a").Inbox);
        _store.With(Sample.Routes("a", "x"));

        Assert.Empty(client.Push().Inbox);
    }

    [Fact]
    public void Unsubscribe_TellsTheOwnerThatTheCopyIsGone()
    {
        _store.With(Sample.Routes("a"));
        var client = new DeltaClient(_store).Subscribe(RouteConfiguration, "a");
        client.Accept(RouteConfiguration);

        client.Unsubscribe(RouteConfiguration, "a");

        var acked = client.Effects.OfType<StreamEffect.Acked>().ToList();
        Assert.Equal([new AckedResource("a", Sample.Routes("a").Version)], acked[0].Resources);
        Assert.Equal([new AckedResource("a", "", Sample.Routes("a").Version)], acked[1].Resources);
    }
}
