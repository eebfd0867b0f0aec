using Knative.Xds.ControlPlane.Protocol;
using Knative.Xds.ControlPlane.Resources;
using Knative.Xds.ControlPlane.Tests.Resources;
using static Knative.Xds.ControlPlane.Resources.ResourceType;

namespace Knative.Xds.ControlPlane.Tests.Protocol;

/// <summary>Refusals in the incremental variant; docs/compatibility.md lists the rules.</summary>
public sealed class DeltaRefusalTests
{
    private readonly ResourceStore _store = new();

    [Fact]
    public void Nack_LoneResource_IsNotRepeatedUntilItsContentChanges()
    {
        _store.With(Sample.Cluster("c", 1));
        var client = new DeltaClient(_store).Subscribe(Cluster);
        client.Accept(Cluster);
        _store.With(Sample.Cluster("c", 2));
        client.Nack(client.Push().Receive(Cluster), "bad cluster").Push();
        Assert.Empty(client.Inbox);
        Assert.Equal("bad cluster", Assert.IsType<StreamEffect.Nacked>(client.Effects[^1]).Message);

        // Back to what the client holds: sent all the same, as it clears the refusal.
        _store.With(Sample.Cluster("c", 1));

        Assert.Equal(Sample.Cluster("c", 1).Version, Assert.Single(client.Push().Receive(Cluster).Resources).Version);
    }

    [Fact]
    public void Nack_ThenBackToWhatTheClientHolds_IsSentAllTheSame()
    {
        _store.With(Sample.Routes("a", "good"), Sample.Routes("b"));
        var client = new DeltaClient(_store).Subscribe(RouteConfiguration, "a", "b");
        client.Accept(RouteConfiguration);
        _store.With(Sample.Routes("a", "bad"));
        client.Nack(client.Push().Receive(RouteConfiguration));

        _store.With(Sample.Routes("a", "good"));

        Assert.Equal([("a", Sample.Routes("a", "good").Version)], client.Push().Receive(RouteConfiguration).Resources.Select(resource => (resource.Name, resource.Version)));
    }

    [Fact]
    public void Nack_OneOfFourRoutes_TheOthersAreTakenAndTheBadOneNamedAlone()
    {
        _store.With(Sample.Routes("a"), Sample.Routes("bad"), Sample.Routes("c"), Sample.Routes("d"));
        var client = new DeltaClient(_store).Subscribe(RouteConfiguration, "a", "bad", "c", "d");
        var taken = new List<string>();
        while (client.Inbox.Count > 0)
        {
            var response = client.Receive(RouteConfiguration);
            var names = response.Resources.Select(resource => resource.Name).ToList();
            _ = names.Contains("bad") ? client.Nack(response) : client.Ack(response);
            taken.AddRange(names.Contains("bad") ? [] : names);
        }

        Assert.Equal(["a", "c", "d"], taken.Order());
        Assert.Equal(["bad"], client.Effects.OfType<StreamEffect.Nacked>().Last().Resources.Select(resource => resource.Name));
    }

    [Fact]
    public void Nack_NamesTheResourceAtFault_TheOthersAreOfferedTogetherAtOnce()
    {
        string[] names = [.. Enumerable.Range(0, 64).Select(i => $"route-{i:00}")];
        _store.With([.. names.Select(name => Sample.Routes(name))]);
        var client = new DeltaClient(_store).Subscribe(RouteConfiguration, names);

        client.Nack(client.Receive(RouteConfiguration), "Only unique values for domains are permitted. Duplicate entry of domain x in route route-17");

        Assert.Equal(63, client.Accept(RouteConfiguration).Resources.Count);
        Assert.Equal(["route-17"], DeltaClient.NamesOf(client.Receive(RouteConfiguration)));
    }

    [Fact]
    public void Nack_RemovalRefusedAndResourceBack_IsNotSentAgain()
    {
        _store.With(Sample.Listener("a"), Sample.Listener("b"));
        var client = new DeltaClient(_store).Subscribe(Listener);
        client.Accept(Listener);
        _store.Remove(new(Listener, "a"));
        _store.With(Sample.Listener("b", 13));
        var refused = client.Push().Receive(Listener);
        _store.With(Sample.Listener("a"));

        client.Push().Nack(refused);

        Assert.Equal(["b"], DeltaClient.NamesOf(client.Receive(Listener)));
        Assert.Empty(client.Inbox);
    }
}
