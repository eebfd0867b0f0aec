using Knative.Xds.ControlPlane.Protocol;
using Knative.Xds.ControlPlane.Resources;
using Knative.Xds.ControlPlane.Tests.Resources;
using static Knative.Xds.ControlPlane.Resources.ResourceType;

namespace Knative.Xds.ControlPlane.Tests.Protocol;

/// <summary>Which resource of a refused set is at fault, found without ever sending a client less than it has.</summary>
public sealed class SotwBlameTests
{
    private readonly ResourceStore _store = new();

    [Fact]
    public void FreshClient_OneBadOfMany_IsFoundAndAllOthersAreTaken()
    {
        var client = new SotwClient(With(8));

        var response = Assert.Single(client.Ask(Cluster));
        for (var rounds = 0; rounds < 20; rounds++)
        {
            var isBad = response.Resources.Contains(Sample.Cluster("c5").Body);
            var next = isBad ? client.Nack(response, "no") : client.Ack(response);
            if (next.Count == 0)
            {
                break;
            }

            response = Assert.Single(next);
        }

        Assert.Equal(["c5"], client.Effects.OfType<StreamEffect.Nacked>().Last().Resources.Select(resource => resource.Name));
        Assert.Equal(8, Assert.Single(client.Push(Sample.Cluster("c5", 1))).Resources.Count);
    }

    [Fact]
    public void ResumedClient_ErrorNamesTheBadOne_TheSetGoesOutWithoutItAlone()
    {
        var client = new SotwClient(With(8));

        var rest = Assert.Single(client.Nack(Assert.Single(Resume(client)), "Error adding/updating cluster(s) c5: bad"));

        Assert.Equal(7, rest.Resources.Count);
        Assert.Equal([new AckedResource("c5", Sample.Cluster("c5").Version)], client.Effects.OfType<StreamEffect.Nacked>().Single().Resources);
        Assert.Empty(client.Ack(rest));
    }

    [Fact]
    public void ResumedClient_ErrorNamesNobody_NothingIsTakenAway()
    {
        var client = new SotwClient(With(8));

        Assert.Empty(client.Nack(Assert.Single(Resume(client)), "no"));
        Assert.Empty(client.Push());

        Assert.Equal(8, Assert.Single(client.Push(Sample.Cluster("c5", 1))).Resources.Count);
    }

    [Fact]
    public void ResumedClient_ErrorNamesEverybody_NothingIsTakenAway()
    {
        var client = new SotwClient(With(3));

        Assert.Empty(client.Nack(Assert.Single(Resume(client)), "c0 c1 c2"));
    }

    [Fact]
    public void ResumedClient_AfterItTookASet_LaterRefusalsAreSearchedAsUsual()
    {
        var client = new SotwClient(With(4));
        client.Ack(Assert.Single(Resume(client)));

        var half = Assert.Single(client.Nack(Assert.Single(client.Push(Sample.Cluster("c0", 1), Sample.Cluster("c1", 1))), "no"));

        Assert.Equal([Sample.Cluster("c0", 1).Body, Sample.Cluster("c1").Body, Sample.Cluster("c2").Body, Sample.Cluster("c3").Body], half.Resources);
    }

    [Fact]
    public void UnansweredSet_IsPartOfTheNext_SoThatTheRightOneIsBlamed()
    {
        var client = new SotwClient(_store);
        client.Ack(Assert.Single(client.Ask(Listener)));
        var first = Assert.Single(client.Push(Sample.Listener("bad")));
        client.Push(Sample.Listener("good"));
        var both = Assert.Single(client.Tick(StreamPolicy.Default.AnswerTicks));
        Assert.Empty(client.Nack(first, "no"));

        var good = Assert.Single(client.Nack(both, "no"));

        Assert.Equal([Sample.Listener("good").Body], good.Resources);
        Assert.Empty(client.Ack(good));
    }

    [Fact]
    public void AnswerToTheNewestSet_AnswersTheOlderOnesToo()
    {
        var client = new SotwClient(_store);
        client.Ack(Assert.Single(client.Ask(Cluster)));
        client.Push(Sample.Cluster("a"));
        client.Push(Sample.Cluster("b"));
        var both = Assert.Single(client.Tick(StreamPolicy.Default.ClusterAnswerTicks));

        client.Ack(both);

        Assert.Equal(["a", "b"], client.Effects.OfType<StreamEffect.Acked>().Last().Resources.Select(resource => resource.Name));
    }

    /// <summary>A client that has no endpoints to ask for is answered a little later.</summary>
    private static List<Envoy.Service.Discovery.V3.DiscoveryResponse> Resume(SotwClient client) => [.. client.Resume(Cluster, "v"), .. client.Tick()];

    private ResourceStore With(int clusters) => _store.With([.. Enumerable.Range(0, clusters).Select(i => Sample.Cluster($"c{i}"))]);
}
