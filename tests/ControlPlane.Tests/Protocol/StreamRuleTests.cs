using System.Text;
using Knative.Xds.ControlPlane.Protocol;
using Knative.Xds.ControlPlane.Resources;
using Knative.Xds.ControlPlane.Tests.Resources;
using static Knative.Xds.ControlPlane.Resources.ResourceType;

namespace Knative.Xds.ControlPlane.Tests.Protocol;

/// <summary>Rules that both variants share; docs/compatibility.md lists them.</summary>
public sealed class StreamRuleTests
{
    // Two UTF-16 units.
    private const string Rocket = "\U0001F680";
    private readonly ResourceStore _store = new();

    [Fact]
    public void LaterNode_IsIgnored()
    {
        var machine = new DeltaMachine(StreamPolicy.Default, _store.Current);
        machine.OnRequest(new() { Node = new() { Id = "n" }, TypeUrl = Cluster.TypeUrl() });

        var effects = machine.OnRequest(new() { Node = new() { Id = "" }, TypeUrl = Listener.TypeUrl() });

        Assert.Single(effects.OfType<StreamEffect.Send>());
    }

    [Fact]
    public void Nack_WithAWholeResourceInIt_KeepsWhichResourceItIsAndWhatIsWrong()
    {
        _store.With(Sample.Cluster("c"));
        var client = new DeltaClient(_store).Subscribe(Cluster);
        client.Nack(client.Receive(Cluster), $"name: \"c\" {new string('x', 100_000)}: no more than 1000 item(s)");

        var words = Assert.Single(client.Effects.OfType<StreamEffect.Nacked>()).Message;
        Assert.StartsWith("name: \"c\"", words, StringComparison.Ordinal);
        Assert.EndsWith(": no more than 1000 item(s)", words, StringComparison.Ordinal);
        Assert.InRange(words.Length, 1000, 1030);
    }

    [Fact]
    public void Nack_WhoseReasonTheGatewayCutOff_SaysWhereItIs()
    {
        _store.With(Sample.Cluster("c"));
        var client = new DeltaClient(_store).Subscribe(Cluster);
        client.Nack(client.Receive(Cluster), $"name: \"c\" {new string('x', 4_087)}...(truncated)");

        Assert.Equal(
            $"name: \"c\" {new string('x', 190)} … (the gateway left out what is wrong with it: its log says so, as a warning)",
            Assert.Single(client.Effects.OfType<StreamEffect.Nacked>()).Message);
    }

    [Fact]
    public void OneNameMore_CostsNoMoreTheMoreThereAre() =>
        // Envoy may ask for the endpoints of thousands of clusters one by one.
        Assert.InRange(AllocatedForOneMore(20_000), 1, 2 * AllocatedForOneMore(20));

    [Fact]
    public void NodeOnTheFirstRequestOnly_ServesAllTypes()
    {
        var machine = new SotwMachine(StreamPolicy.Default, _store.Current);
        machine.OnRequest(new() { Node = new() { Id = "n" }, TypeUrl = Cluster.TypeUrl() });

        Assert.Single(machine.OnRequest(new() { TypeUrl = Listener.TypeUrl() }).OfType<StreamEffect.Send>());
    }

    [Fact]
    public void Sotw_MissingTypeUrl_EndsTheStream() =>
        Assert.Equal(StreamEndReason.InvalidRequest, Assert.Single(new SotwMachine(StreamPolicy.Default, _store.Current).OnRequest(new() { Node = new() { Id = "n" } }).OfType<StreamEffect.End>()).Reason);

    [Fact]
    public void Sotw_MissingNode_EndsTheStream() =>
        Assert.Single(new SotwMachine(StreamPolicy.Default, _store.Current).OnRequest(new() { TypeUrl = Cluster.TypeUrl() }).OfType<StreamEffect.End>());

    [Fact]
    public void Sotw_UnknownType_IsMetWithSilenceAndTheOthersGoOn()
    {
        var client = new SotwClient(_store);
        Assert.Empty(client.Send(new() { TypeUrl = "type.googleapis.com/envoy.service.runtime.v3.Runtime" }));

        Assert.Single(client.Ask(Cluster));
    }

    [Fact]
    public void ManyUnknownTypes_AreReportedUpToABound()
    {
        var client = new SotwClient(_store);
        for (var i = 0; i < 100; i++)
        {
            client.Send(new() { TypeUrl = $"type.googleapis.com/some.Type{i}" });
        }

        Assert.Equal(16, client.Effects.Count);
    }

    [Fact]
    public void Types_DoNotWaitForEachOthersAcks()
    {
        _store.With(Sample.Cluster("a"), Sample.Listener("l"));
        var client = new DeltaClient(_store).Subscribe(Cluster).Subscribe(Listener);
        client.Receive(Cluster);
        client.Accept(Listener);
        _store.With(Sample.Listener("l", 1));

        Assert.Equal("l", Assert.Single(client.Push().Receive(Listener).Resources).Name);
    }

    [Fact]
    public void Types_HaveTheirOwnNonces()
    {
        _store.With(Sample.Cluster("a"), Sample.Listener("l"));
        var client = new DeltaClient(_store).Subscribe(Cluster).Subscribe(Listener);
        var cluster = client.Receive(Cluster);
        client.Receive(Listener);

        // The nonce of another type answers nothing.
        client.Send(new() { TypeUrl = Listener.TypeUrl(), ResponseNonce = cluster.Nonce });

        Assert.Empty(client.Effects.OfType<StreamEffect.Acked>());
    }

    [Fact]
    public void Sotw_Types_DoNotWaitForEachOthersAcks()
    {
        _store.With(Sample.Cluster("a"), Sample.Listener("l"));
        var client = new SotwClient(_store);
        Assert.Single(client.Ask(Cluster));
        client.Ack(Assert.Single(client.Ask(Listener)));

        Assert.Equal([Sample.Listener("l", 1).Body], Assert.Single(client.Push(Sample.Listener("l", 1))).Resources);
    }

    [Fact]
    public void Sotw_Types_HaveTheirOwnNonces()
    {
        _store.With(Sample.Cluster("a"), Sample.Listener("l"));
        var client = new SotwClient(_store);
        var cluster = Assert.Single(client.Ask(Cluster));
        Assert.Single(client.Ask(Listener));

        // The nonce of another type answers nothing.
        Assert.Empty(client.Send(new() { TypeUrl = Listener.TypeUrl(), ResponseNonce = cluster.Nonce }));

        Assert.Empty(client.Effects.OfType<StreamEffect.Acked>());
    }

    [Fact]
    public void Nonces_AreUniqueOnAStream()
    {
        _store.With(Sample.Cluster("a"), Sample.Listener("l"));
        var client = new SotwClient(_store);
        var first = Assert.Single(client.Ask(Cluster));
        var second = Assert.Single(client.Ask(Listener));
        client.Ack(first);
        var third = Assert.Single(client.Push(Sample.Cluster("a", 1)));

        Assert.Equal(3, new[] { first, second, third }.Select(response => response.Nonce).Distinct().Count());
    }

    [Fact]
    public void Response_NamesItsTypeAndEachResourcesType()
    {
        _store.With(Sample.Cluster("a"));
        var sotw = Assert.Single(new SotwClient(_store).Ask(Cluster));
        var delta = new DeltaClient(_store).Subscribe(Cluster).Receive(Cluster);

        Assert.Equal(Cluster.TypeUrl(), sotw.TypeUrl);
        Assert.Equal(Cluster.TypeUrl(), Assert.Single(sotw.Resources).TypeUrl);
        Assert.Equal(Cluster.TypeUrl(), delta.TypeUrl);
        Assert.Equal(Cluster.TypeUrl(), Assert.Single(delta.Resources).Resource_.TypeUrl);
    }

    [Fact]
    public void Response_HasNoTimeToLiveAndNoAliases()
    {
        _store.With(Sample.Cluster("a"));
        var resource = Assert.Single(new DeltaClient(_store).Subscribe(Cluster).Receive(Cluster).Resources);

        Assert.Null(resource.Ttl);
        Assert.Empty(resource.Aliases);
    }

    [Fact]
    public void FirstResponse_SaysWhoWeAreAndLaterOnesDoNot()
    {
        var policy = new StreamPolicy { Identifier = "us" };
        var sotw = new SotwClient(_store, policy);
        var delta = new DeltaClient(_store, policy).Subscribe(Cluster).Subscribe(Listener);

        Assert.Equal("us", Assert.Single(sotw.Ask(Cluster)).ControlPlane.Identifier);
        Assert.Null(Assert.Single(sotw.Ask(Listener)).ControlPlane);
        Assert.Equal("us", delta.Receive(Cluster).ControlPlane.Identifier);
        Assert.Null(delta.Receive(Listener).ControlPlane);
    }

    [Fact]
    public void Versions_AreEqualOnAllReplicas()
    {
        _store.With(Sample.Cluster("a"), Sample.Routes("r", "a"));
        var other = new ResourceStore().With(Sample.Routes("r", "b"), Sample.Cluster("a", 7)).With(Sample.Routes("r", "a"), Sample.Cluster("a"));

        var here = new DeltaClient(_store).Subscribe(Cluster).Subscribe(RouteConfiguration, "r");
        var there = new DeltaClient(other).Subscribe(Cluster).Subscribe(RouteConfiguration, "r");

        Assert.Equal(here.Receive(Cluster).Resources, there.Receive(Cluster).Resources);
        Assert.Equal(here.Receive(RouteConfiguration).Resources, there.Receive(RouteConfiguration).Resources);
        Assert.Equal(Assert.Single(new SotwClient(_store).Ask(Cluster)).VersionInfo, Assert.Single(new SotwClient(other).Ask(Cluster)).VersionInfo);
    }

    [Fact]
    public void SameResponseForTwoStreams_SharesTheEncodedResource()
    {
        _store.With(Sample.Cluster("a"));

        Assert.Same(
            Assert.Single(new DeltaClient(_store).Subscribe(Cluster).Receive(Cluster).Resources),
            Assert.Single(new DeltaClient(_store).Subscribe(Cluster).Receive(Cluster).Resources));
    }

    [Fact]
    public void Sotw_SameResponseForTwoStreams_SharesTheEncodedResources()
    {
        _store.With(Sample.Cluster("a"), Sample.Cluster("b"));
        var first = Assert.Single(new SotwClient(_store).Ask(Cluster)).Resources;
        var second = Assert.Single(new SotwClient(_store).Ask(Cluster)).Resources;

        Assert.Equal(2, first.Count);
        Assert.All(first.Zip(second), pair => Assert.Same(pair.First, pair.Second));
    }

    [Fact]
    public void TooManyNames_OverSeveralRequests_EndTheStream()
    {
        var client = new DeltaClient(_store, new StreamPolicy { MaxNames = 2 }).Subscribe(RouteConfiguration, "a", "b").Subscribe(RouteConfiguration, "c");

        Assert.Equal(StreamEndReason.TooMany, Assert.Single(client.Effects.OfType<StreamEffect.End>()).Reason);
    }

    [Fact]
    public void NamesGivenUp_MakeRoomForOthers()
    {
        var client = new DeltaClient(_store, new StreamPolicy { MaxNames = 2 }).Subscribe(RouteConfiguration, "a", "b").Unsubscribe(RouteConfiguration, "a").Subscribe(RouteConfiguration, "c");

        Assert.Empty(client.Effects.OfType<StreamEffect.End>());
    }

    [Fact]
    public void TooManyInitialVersions_EndTheStream()
    {
        var client = new DeltaClient(_store, new StreamPolicy { MaxNames = 1 }).Send(new() { TypeUrl = Cluster.TypeUrl(), InitialResourceVersions = { { "a", "1" }, { "b", "1" } } });

        Assert.Equal(StreamEndReason.TooMany, Assert.Single(client.Effects.OfType<StreamEffect.End>()).Reason);
    }

    [Fact]
    public void TooLongName_EndsTheStream()
    {
        var policy = new StreamPolicy { MaxNameLength = 3 };

        Assert.Single(new DeltaClient(_store, policy).Subscribe(RouteConfiguration, "long").Effects.OfType<StreamEffect.End>());
        var sotw = new SotwClient(_store, policy);
        sotw.Ask(RouteConfiguration, "long");
        Assert.Single(sotw.Effects.OfType<StreamEffect.End>());
    }

    [Fact]
    public void NamesOfAllTypes_TooLongTogether_EndTheStream()
    {
        var policy = new StreamPolicy { MaxTotalNameLength = 10 };
        var client = new DeltaClient(_store, policy).Subscribe(RouteConfiguration, "12345").Subscribe(ClusterLoadAssignment, "12345");
        Assert.Empty(client.Effects.OfType<StreamEffect.End>());

        client.Subscribe(Secret, "1");
        Assert.Equal(new StreamEffect.End(StreamEndReason.TooMany, "names of more than 10 characters together"), Assert.Single(client.Effects.OfType<StreamEffect.End>()));

        var sotw = new SotwClient(_store, policy);
        sotw.Ask(RouteConfiguration, "12345");
        sotw.Ask(ClusterLoadAssignment, "123456");
        Assert.Single(sotw.Effects.OfType<StreamEffect.End>());
    }

    [Fact]
    public void NamesAskedForAgain_AreCountedOnce_AndThoseGivenUpMakeRoom()
    {
        var policy = new StreamPolicy { MaxTotalNameLength = 10 };
        var client = new DeltaClient(_store, policy).Subscribe(RouteConfiguration, "12345", "67890").Subscribe(RouteConfiguration, "12345").Unsubscribe(RouteConfiguration, "12345").Subscribe(ClusterLoadAssignment, "abcde");

        Assert.Empty(client.Effects.OfType<StreamEffect.End>());
    }

    [Fact]
    public void HeldNamesAndVersions_TooLongTogether_EndTheStream()
    {
        var held = new DeltaClient(_store, new StreamPolicy { MaxTotalNameLength = 10 })
            .Send(new() { TypeUrl = Cluster.TypeUrl(), InitialResourceVersions = { { "a", "1234" }, { "b", "1234" } } });
        Assert.Empty(held.Effects.OfType<StreamEffect.End>());

        held.Send(new() { TypeUrl = Listener.TypeUrl(), InitialResourceVersions = { { "l", "" } } });

        Assert.Single(held.Effects.OfType<StreamEffect.End>());
    }

    [Fact]
    public void UnknownTypeOfAnyLength_IsKeptInPart()
    {
        var client = new SotwClient(_store);
        client.Send(new() { TypeUrl = new string('x', 100_000) });

        Assert.Equal(256, Assert.Single(client.Effects.OfType<StreamEffect.UnknownType>()).TypeUrl.Length);
    }

    [Fact]
    public void AfterTheEnd_NothingIsSent()
    {
        var client = new DeltaClient(_store, new StreamPolicy { MaxNames = 1 }).Subscribe(Cluster, "a", "b");
        _store.With(Sample.Cluster("a"));

        Assert.Empty(client.Push().Inbox);
    }

    [Fact]
    public void RefusalWords_AreCutAndHoldNoControlCharacters()
    {
        _store.With(Sample.Cluster("a"));
        var client = new DeltaClient(_store).Subscribe(Cluster);

        client.Nack(client.Receive(Cluster), "line\n\u001b[31mred" + new string('x', 5_000));

        var message = client.Effects.OfType<StreamEffect.Nacked>().Single().Message;
        Assert.StartsWith("line  [31mred", message, StringComparison.Ordinal);
        Assert.Equal(1_027, message.Length);
    }

    [Theory]
    [InlineData(199, 4_000)]
    [InlineData(5_000 - 825, 5_000)]
    [InlineData(10, 5_000)]
    public void RefusalWords_AreCutBetweenCharacters(int at, int length)
    {
        _store.With(Sample.Cluster("a"));
        var client = new DeltaClient(_store).Subscribe(Cluster);

        client.Nack(client.Receive(Cluster), $"{new string('x', at)}{Rocket}{new string('x', length - at - Rocket.Length)}");

        AssertText(client.Effects.OfType<StreamEffect.Nacked>().Single().Message);
    }

    [Fact]
    public void RefusalWords_WhoseReasonTheGatewayCutOff_AreCutBetweenCharacters()
    {
        _store.With(Sample.Cluster("a"));
        var client = new DeltaClient(_store).Subscribe(Cluster);

        client.Nack(client.Receive(Cluster), $"{new string('x', 199)}{Rocket}{new string('x', 3_895)}...(truncated)");

        var message = client.Effects.OfType<StreamEffect.Nacked>().Single().Message;
        AssertText(message);
        Assert.StartsWith($"{new string('x', 199)} …", message, StringComparison.Ordinal);
    }

    [Fact]
    public void RefusalWords_HalvesOfCharacters_AreReplaced()
    {
        _store.With(Sample.Cluster("a"));
        var client = new DeltaClient(_store).Subscribe(Cluster);

        client.Nack(client.Receive(Cluster), $"{Rocket[0]}a{Rocket[1]}b{Rocket}{Rocket[0]}");

        Assert.Equal($"\uFFFDa\uFFFDb{Rocket}\uFFFD", client.Effects.OfType<StreamEffect.Nacked>().Single().Message);
    }

    [Fact]
    public void UnknownType_NameIsCutBetweenCharacters()
    {
        var client = new SotwClient(_store);

        client.Send(new() { TypeUrl = $"{new string('x', 255)}{Rocket}" });

        Assert.Equal(new string('x', 255), Assert.Single(client.Effects.OfType<StreamEffect.UnknownType>()).TypeUrl);
    }

    [Fact]
    public void TwoStreamsOfOneNode_AreIndependent()
    {
        _store.With(Sample.Cluster("a"));
        var first = new DeltaClient(_store).Subscribe(Cluster);
        var second = new DeltaClient(_store).Subscribe(Cluster);
        first.Accept(Cluster);
        second.Accept(Cluster);
        _store.With(Sample.Cluster("a", 1));

        Assert.Single(first.Push().Receive(Cluster).Resources);
        Assert.Single(second.Push().Receive(Cluster).Resources);
    }

    [Fact]
    public void Sotw_TwoStreamsOfOneNode_AreIndependent()
    {
        _store.With(Sample.Cluster("a"));
        var first = new SotwClient(_store);
        var second = new SotwClient(_store);
        first.Ack(Assert.Single(first.Ask(Cluster)));
        second.Ack(Assert.Single(second.Ask(Cluster)));

        Assert.Equal([Sample.Cluster("a", 1).Body], Assert.Single(first.Push(Sample.Cluster("a", 1))).Resources);
        Assert.Equal([Sample.Cluster("a", 1).Body], Assert.Single(second.Push()).Resources);
    }

    /// <summary>Fails where half of a character is.</summary>
    private static void AssertText(string text) => Assert.Equal(text, Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(text)));

    private static long AllocatedForOneMore(int names)
    {
        var client = new DeltaClient(new ResourceStore()).Subscribe(ClusterLoadAssignment, [.. Enumerable.Range(0, names).Select(i => $"c{i}")]);
        client.Accept(ClusterLoadAssignment);
        // A table that grows does so for many at once.
        return Enumerable.Range(0, 20).Min(i =>
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            client.Subscribe(ClusterLoadAssignment, $"more{i}");
            var allocated = GC.GetAllocatedBytesForCurrentThread() - before;
            client.Accept(ClusterLoadAssignment);
            return allocated;
        });
    }
}
