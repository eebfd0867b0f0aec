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
