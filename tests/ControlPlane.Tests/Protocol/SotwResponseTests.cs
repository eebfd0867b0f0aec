using Knative.Xds.ControlPlane.Protocol;
using Knative.Xds.ControlPlane.Resources;
using Knative.Xds.ControlPlane.Tests.Resources;
using static Knative.Xds.ControlPlane.Resources.ResourceType;

namespace Knative.Xds.ControlPlane.Tests.Protocol;

/// <summary>What a response of the state-of-the-world variant holds; docs/compatibility.md lists the rules.</summary>
public sealed class SotwResponseTests
{
    private readonly ResourceStore _store = new();

    [Fact]
    public void Response_OfACollection_HoldsTheWholeSetOrderedByName()
    {
        _store.With(Sample.Listener("b"), Sample.Listener("a"));
        var client = new SotwClient(_store);
        var response = Assert.Single(client.Ask(Listener));
        client.Ack(response);

        Assert.Equal([Sample.Listener("a").Body, Sample.Listener("b").Body, Sample.Listener("c").Body], Assert.Single(client.Push(Sample.Listener("c"))).Resources);
    }

    [Fact]
    public void LastOfACollectionGone_IsAnEmptySet()
    {
        _store.With(Sample.Listener("a"));
        var client = new SotwClient(_store);
        client.Ack(Assert.Single(client.Ask(Listener)));

        Assert.Empty(Assert.Single(client.Remove(Listener, "a")).Resources);
    }

    [Fact]
    public void ByNameGone_IsNotTold()
    {
        _store.With(Sample.Routes("a"));
        var client = new SotwClient(_store);
        client.Ack(Assert.Single(client.Ask(RouteConfiguration, "a")), "a");

        Assert.Empty(client.Remove(RouteConfiguration, "a"));
    }

    [Fact]
    public void ByNameGoneAndBack_IsSentAgain()
    {
        _store.With(Sample.Routes("a"));
        var client = new SotwClient(_store);
        client.Ack(Assert.Single(client.Ask(RouteConfiguration, "a")), "a");
        client.Remove(RouteConfiguration, "a");

        Assert.Equal([Sample.Routes("a", "x").Body], Assert.Single(client.Push(Sample.Routes("a", "x"))).Resources);
    }

    [Fact]
    public void BigCollection_IsNeverSplit()
    {
        _store.With([.. Enumerable.Range(0, 50).Select(i => Sample.Cluster($"c{i}"))]);

        Assert.Equal(50, Assert.Single(new SotwClient(_store, new StreamPolicy { MaxResponseBytes = 100 }).Ask(Cluster)).Resources.Count);
    }

    [Fact]
    public void BigByNameType_IsSplitByName()
    {
        string[] names = [.. Enumerable.Range(0, 10).Select(i => $"r{i}")];
        _store.With([.. names.Select(name => Sample.Routes(name, "a-cluster-name"))]);
        var client = new SotwClient(_store, new StreamPolicy { MaxResponseBytes = 100 });
        var received = 0;
        for (var responses = client.Ask(RouteConfiguration, names); responses.Count > 0; responses = client.Ack(responses[0], names))
        {
            Assert.InRange(Assert.Single(responses).Resources.Count, 1, 9);
            received += responses[0].Resources.Count;
        }

        Assert.Equal(names.Length, received);
    }
}
