using Knative.Xds.ControlPlane.Resources;
using Knative.Xds.ControlPlane.Tests.Resources;
using static Knative.Xds.ControlPlane.Resources.ResourceType;

namespace Knative.Xds.ControlPlane.Tests.Protocol;

/// <summary>What counts of an incremental request, and in which order. docs/compatibility.md lists the rules.</summary>
public sealed class DeltaRequestTests
{
    private readonly ResourceStore _store = new();

    [Fact]
    public void InitialVersions_AfterTheFirstRequest_AreIgnored()
    {
        _store.With(Sample.Routes("a"), Sample.Routes("b"));
        var client = new DeltaClient(_store).Subscribe(RouteConfiguration, "a");
        client.Accept(RouteConfiguration);

        client.Send(new() { TypeUrl = RouteConfiguration.TypeUrl(), ResourceNamesSubscribe = { "b" }, InitialResourceVersions = { { "b", Sample.Routes("b").Version } } });

        Assert.Equal(["b"], DeltaClient.NamesOf(client.Receive(RouteConfiguration)));
    }

    [Fact]
    public void InitialVersions_OfNamesNotAskedFor_AreNoSubscription()
    {
        _store.With(Sample.Routes("a"), Sample.Routes("b", "x"));
        var client = new DeltaClient(_store).Send(new()
        {
            TypeUrl = RouteConfiguration.TypeUrl(),
            ResourceNamesSubscribe = { "a" },
            InitialResourceVersions = { { "b", Sample.Routes("b").Version } },
        });

        Assert.Equal(["a"], DeltaClient.NamesOf(client.Receive(RouteConfiguration)));
    }

    [Fact]
    public void FirstRequest_WithAnOldNonce_IsAnswered()
    {
        _store.With(Sample.Cluster("a"));

        Assert.Equal(["a"], DeltaClient.NamesOf(new DeltaClient(_store).Send(new() { TypeUrl = Cluster.TypeUrl(), ResponseNonce = "17" }).Receive(Cluster)));
    }

    [Fact]
    public void AllInOneMessage_SubscribeUnsubscribeAndAck_EachCounts()
    {
        _store.With(Sample.Routes("a"), Sample.Routes("b"));
        var client = new DeltaClient(_store).Subscribe(RouteConfiguration, "a");
        var first = client.Receive(RouteConfiguration);
        _store.With(Sample.Routes("a", "x"));
        client.Push();

        client.Send(new() { TypeUrl = RouteConfiguration.TypeUrl(), ResponseNonce = first.Nonce, ResourceNamesSubscribe = { "b" }, ResourceNamesUnsubscribe = { "a" } });

        Assert.Equal(["b"], DeltaClient.NamesOf(client.Receive(RouteConfiguration)));
        Assert.Empty(client.Inbox);
    }

    [Fact]
    public void Nack_CarriesSubscriptionChange()
    {
        _store.With(Sample.Routes("a"), Sample.Routes("b"));
        var client = new DeltaClient(_store).Subscribe(RouteConfiguration, "a");
        var first = client.Receive(RouteConfiguration);

        client.Send(new() { TypeUrl = first.TypeUrl, ResponseNonce = first.Nonce, ErrorDetail = new() { Message = "no" }, ResourceNamesSubscribe = { "b" } });

        Assert.Equal(["b"], DeltaClient.NamesOf(client.Receive(RouteConfiguration)));
    }
}
