using Knative.Xds.ControlPlane.Protocol;
using Knative.Xds.ControlPlane.Resources;
using Knative.Xds.ControlPlane.Tests.Resources;
using static Knative.Xds.ControlPlane.Resources.ResourceType;

namespace Knative.Xds.ControlPlane.Tests.Protocol;

/// <summary>Requests of the incremental variant and their answers; docs/compatibility.md lists the rules.</summary>
public sealed class DeltaMachineTests
{
    private readonly ResourceStore _store = new();

    [Fact]
    public void FirstWildcard_NothingToSend_IsAnsweredEmpty()
    {
        var response = new DeltaClient(_store).Subscribe(Cluster).Receive(Cluster);

        Assert.Empty(response.Resources);
        Assert.Empty(response.RemovedResources);
    }

    [Fact]
    public void MissingTypeUrl_EndsTheStream()
    {
        var client = new DeltaClient(_store).Send(new());

        Assert.Equal(StreamEndReason.InvalidRequest, Assert.IsType<StreamEffect.End>(Assert.Single(client.Effects)).Reason);
    }

    [Fact]
    public void MissingNode_EndsTheStream()
    {
        var effects = new DeltaMachine(StreamPolicy.Default, _store.Current).OnRequest(new() { TypeUrl = Cluster.TypeUrl() });

        Assert.Contains("node.id", Assert.IsType<StreamEffect.End>(Assert.Single(effects)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void UnknownType_IsMetWithSilenceAndReportedOnce()
    {
        var client = new DeltaClient(_store).Send(new() { TypeUrl = "type.googleapis.com/some.New" }).Send(new() { TypeUrl = "type.googleapis.com/some.New" });

        Assert.Empty(client.Inbox);
        Assert.Equal(new StreamEffect.UnknownType("type.googleapis.com/some.New"), Assert.Single(client.Effects));
    }

    [Fact]
    public void TooManyNames_EndsTheStream()
    {
        var client = new DeltaClient(_store, new StreamPolicy { MaxNames = 2 }).Subscribe(RouteConfiguration, "a", "b", "c");

        Assert.Equal(StreamEndReason.TooMany, Assert.IsType<StreamEffect.End>(client.Effects[^1]).Reason);
    }

    [Fact]
    public void EmptyListOfByNameType_MeansNothing()
    {
        _store.With(Sample.Routes("r"));

        Assert.Empty(new DeltaClient(_store).Subscribe(RouteConfiguration).Inbox);
    }

    [Fact]
    public void UnknownName_IsAnsweredAsRemovedAndSentWhenItAppears()
    {
        var client = new DeltaClient(_store).Subscribe(RouteConfiguration, "r");
        Assert.Equal(["r"], client.Accept(RouteConfiguration).RemovedResources);

        _store.With(Sample.Routes("r"));

        Assert.Equal("r", Assert.Single(client.Push().Receive(RouteConfiguration).Resources).Name);
    }

    [Fact]
    public void NameSubscribedAgain_IsAnsweredThoughUnchanged()
    {
        _store.With(Sample.Assignment("e"));
        var client = new DeltaClient(_store).Subscribe(ClusterLoadAssignment, "e");
        client.Accept(ClusterLoadAssignment);

        Assert.Equal("e", Assert.Single(client.Subscribe(ClusterLoadAssignment, "e").Receive(ClusterLoadAssignment).Resources).Name);
    }

    [Fact]
    public void WildcardThenName_UnsubscribeName_TellsTheClientAgain()
    {
        _store.With(Sample.Cluster("a"));
        var client = new DeltaClient(_store).Subscribe(Cluster);
        client.Accept(Cluster);
        client.Subscribe(Cluster, "a", "gone");
        client.Accept(Cluster);

        var response = client.Unsubscribe(Cluster, "a", "gone").Receive(Cluster);

        Assert.Equal("a", Assert.Single(response.Resources).Name);
        Assert.Equal(["gone"], response.RemovedResources);
    }

    [Fact]
    public void WildcardDropped_OnlyNamesStay()
    {
        _store.With(Sample.Cluster("a"), Sample.Cluster("b"));
        var client = new DeltaClient(_store).Subscribe(Cluster, "*", "a");
        client.Accept(Cluster);
        client.Unsubscribe(Cluster, "*");

        _store.With(Sample.Cluster("a", 1), Sample.Cluster("b", 1));

        Assert.Equal(["a"], client.Push().Receive(Cluster).Resources.Select(resource => resource.Name));
    }

    [Fact]
    public void SubscribeAndUnsubscribeInOneMessage_EndsUnsubscribed()
    {
        _store.With(Sample.Routes("r"));
        var client = new DeltaClient(_store).Send(new() { TypeUrl = RouteConfiguration.TypeUrl(), ResourceNamesSubscribe = { "r" }, ResourceNamesUnsubscribe = { "r" } });

        Assert.Empty(client.Inbox);
    }

    [Fact]
    public void StaleNonce_KeepsItsSubscriptionChange()
    {
        _store.With(Sample.Routes("a"), Sample.Routes("b"));
        var client = new DeltaClient(_store).Subscribe(RouteConfiguration, "a");
        client.Accept(RouteConfiguration);

        client.Send(new() { TypeUrl = RouteConfiguration.TypeUrl(), ResponseNonce = "stale", ResourceNamesSubscribe = { "b" } });

        Assert.Equal("b", Assert.Single(client.Receive(RouteConfiguration).Resources).Name);
    }

    [Fact]
    public void SlowClient_IsSentTheNewestVersionAlone()
    {
        _store.With(Sample.Cluster("a", 1));
        var client = new DeltaClient(_store).Subscribe(Cluster);
        var first = client.Receive(Cluster);
        for (uint i = 2; i < 100; i++)
        {
            _store.With(Sample.Cluster("a", i));
            client.Push();
        }

        Assert.Empty(client.Inbox);
        Assert.Equal(Sample.Cluster("a", 99).Version, Assert.Single(client.Ack(first).Receive(Cluster).Resources).Version);
    }

    [Fact]
    public void BigPush_IsCutByBytesAndContinuedAfterTheAck()
    {
        string[] names = [.. Enumerable.Range(0, 10).Select(i => $"r{i}")];
        _store.With([.. names.Select(name => Sample.Routes(name, "a-cluster-name"))]);
        var client = new DeltaClient(_store, new StreamPolicy { MaxResponseBytes = 100 }).Subscribe(RouteConfiguration, names);
        var received = new List<string>();
        while (client.Inbox.Count > 0)
        {
            var response = client.Accept(RouteConfiguration);
            Assert.InRange(response.Resources.Count, 1, 9);
            received.AddRange(response.Resources.Select(resource => resource.Name));
        }

        Assert.Equal(names, received);
    }
}
