using Envoy.Service.Discovery.V3;
using Knative.Xds.ControlPlane.Resources;
using Knative.Xds.ControlPlane.Tests.Resources;
using static Knative.Xds.ControlPlane.Resources.ResourceType;

namespace Knative.Xds.ControlPlane.Tests.Protocol;

/// <summary>A fleet's worth of streams on one store, some of which have stopped to read.</summary>
public sealed class ManyStreamsTests
{
    private const int Streams = 1_000;
    private readonly ResourceStore _store = new();

    [Fact]
    public void OneChange_ReachesEveryStreamInTheSameBytes()
    {
        var clients = Connect();

        _store.With(Sample.Routes("r", "c1", "c2"));
        var sent = clients.ConvertAll(client => Assert.Single(client.Push().Accept(RouteConfiguration).Resources));

        Assert.Equal(_store.Current[RouteConfiguration].Find("r")!.Version, sent[0].Version);
        // Serialised once, shared by all.
        Assert.All(sent, resource => Assert.Same(sent[0], resource));
        Assert.All(clients, client => Assert.Empty(client.Inbox));
    }

    [Fact]
    public void StreamsThatStoppedReading_HoldOneResponseEach_AndTheOthersAreServed()
    {
        var clients = Connect();
        var (reading, stalled) = (clients[..(Streams / 2)], clients[(Streams / 2)..]);

        for (uint change = 0; change < 20; change++)
        {
            _store.With(Sample.Routes("r", "c1", $"c{change}"));
            reading.ForEach(client => client.Push().Accept(RouteConfiguration));
            stalled.ForEach(client => client.Push());
        }

        Assert.All(stalled, client => Assert.Single(client.Inbox));
        // Whoever reads again has missed nothing: the newest version, and no other, follows.
        var late = stalled[0];
        late.Accept(RouteConfiguration);
        Assert.Equal(_store.Current[RouteConfiguration].Find("r")!.Version, Assert.Single(late.Accept(RouteConfiguration).Resources).Version);
        Assert.Empty(late.Inbox);
    }

    [Fact]
    public void Sotw_OneChange_ReachesEveryStreamInTheSameBytes()
    {
        var clients = ConnectSotw();

        _store.With(Sample.Routes("r", "c1", "c2"));
        var sent = clients.ConvertAll(client => Assert.Single(client.Push()));

        var shared = Assert.Single(sent[0].Resources);
        Assert.Equal(Sample.Routes("r", "c1", "c2").Body, shared);
        // Serialised once, shared by all.
        Assert.All(sent, response => Assert.Same(shared, Assert.Single(response.Resources)));
        Assert.All(clients.Zip(sent), pair => Assert.Empty(pair.First.Ack(pair.Second, "r")));
    }

    [Fact]
    public void Sotw_StreamsThatStoppedReading_HoldOneResponseEach_AndTheOthersAreServed()
    {
        var clients = ConnectSotw();
        var (reading, stalled) = (clients[..(Streams / 2)], clients[(Streams / 2)..]);
        var unread = new List<DiscoveryResponse>();

        for (uint change = 0; change < 20; change++)
        {
            _store.With(Sample.Routes("r", "c1", $"c{change}"));
            reading.ForEach(client => client.Ack(Assert.Single(client.Push()), "r"));
            unread.AddRange(stalled.SelectMany(client => client.Push()));
        }

        Assert.Equal(stalled.Count, unread.Count);
        // Whoever reads again has missed nothing: the newest version, and no other, follows.
        var newest = Assert.Single(stalled[0].Ack(unread[0], "r"));
        Assert.Equal([Sample.Routes("r", "c1", "c19").Body], newest.Resources);
        Assert.Empty(stalled[0].Ack(newest, "r"));
    }

    private List<SotwClient> ConnectSotw()
    {
        _store.With(Sample.Routes("r", "c1"), Sample.Scope("s", "r"));
        return [.. Enumerable.Range(0, Streams).Select(_ => ConnectedSotw())];
    }

    private SotwClient ConnectedSotw()
    {
        var client = new SotwClient(_store);
        client.Ack(Assert.Single(client.Ask(ScopedRouteConfiguration)));
        client.Ack(Assert.Single(client.Ask(RouteConfiguration, "r")), "r");
        return client;
    }

    private List<DeltaClient> Connect()
    {
        _store.With(Sample.Routes("r", "c1"), Sample.Scope("s", "r"));
        return [.. Enumerable.Range(0, Streams).Select(_ => Connected())];
    }

    private DeltaClient Connected()
    {
        var client = new DeltaClient(_store).Subscribe(ScopedRouteConfiguration).Subscribe(RouteConfiguration, "r");
        client.Accept(ScopedRouteConfiguration);
        client.Accept(RouteConfiguration);
        return client;
    }
}
