using System.Text;
using Knative.Xds.ControlPlane.Resources;
using Knative.Xds.ControlPlane.Translation;
using Knative.Xds.Core.Model;
using Knative.Xds.XdsServer.Fleets;
using Knative.Xds.XdsServer.Pipeline;
using Knative.Xds.XdsServer.Replication;

namespace Knative.Xds.XdsServer.Tests.Pipeline;

/// <summary>Two servers on one cluster, of which the second starts when an ingress is bad already.</summary>
public sealed class AdoptionTests
{
    private static readonly ObjectKey Key = new("ns", "a");
    private static readonly ObjectKey Secret = new("ns", "tls");
    private readonly Server _first = new();
    private readonly Server _second = new();

    [Fact]
    public void LaterServer_ServesWhatTheOtherServes()
    {
        Both(cluster => cluster.WithService("svc").WithIngress("a", "svc", 1, "a.example.com"));
        _first.Process(Key);
        Both(cluster => cluster.WithIngress("a", "svc", 1, "not a host"));
        _first.Process(Key);
        Assert.Equal([Key], _first.Pipeline.Kept.All.Select(state => state.Key));

        _second.Process(Key);
        Assert.True(_second.Pipeline.LacksFormerStates);
        Assert.Empty(_second.All());

        Assert.Equal([Key], _second.AdoptFrom(_first));
        Assert.NotEmpty(_second.All());
        Assert.Equal(_first.All(), _second.All());
        Assert.Equal(_first.Pipeline.Entries[Key].Problems, _second.Pipeline.Entries[Key].Problems);
        Assert.False(_second.Pipeline.LacksFormerStates);
        // And tells it in turn.
        Assert.Equal(LastGoodStates.Write(_first.Pipeline.Kept.All), LastGoodStates.Write(_second.Pipeline.Kept.All));
    }

    [Fact]
    public void ServiceHasChangedInBetween_TheStateFollowsIt()
    {
        Begin();
        Both(cluster => cluster.WithService("svc", port: "h2c"));
        _first.Pipeline.MarkService(new("ns", "svc"));
        _first.Pipeline.Process();

        _second.Process(Key);
        _second.AdoptFrom(_first);

        Assert.Equal(_first.All(), _second.All());
        Assert.Single(_second.Store.Current[ResourceType.Cluster].Names);
    }

    [Fact]
    public void StateNamesASecret_ItIsReadAndFollowed()
    {
        Both(cluster => cluster.WithService("svc").WithIngress("a", "svc", 1, "a.example.com"));
        Both(cluster => cluster.IngressesByKey[Key] = cluster.IngressesByKey[Key] with { Tls = [new IngressTls(["a.example.com"], Secret)] });
        Both(cluster => cluster.Certificates[Secret] = Certificate("one"));
        _first.Process(Key);
        Both(cluster => cluster.WithIngress("a", "svc", 1, "not a host"));
        _first.Process(Key);
        _second.Cluster.Certificates.Clear();
        _second.Process(Key);

        _second.AdoptFrom(_first);
        Assert.Equal([Secret], _second.Wanted);
        Assert.True(_second.Pipeline.Entries[Key].IsPending);

        _second.Cluster.Certificates[Secret] = Certificate("one");
        _second.Pipeline.MarkSecret(Secret);
        _second.Pipeline.Process();
        Assert.False(_second.Pipeline.Entries[Key].IsPending);
        Assert.Equal(["a.example.com"], _second.Store.Current[ResourceType.Secret].Names);
        Assert.Equal(_first.All(), _second.All());
    }

    [Fact]
    public void IngressIsGoodAgain_ItIsServedAndNothingIsToldAnyMore()
    {
        Begin();
        _second.Process(Key);
        _second.AdoptFrom(_first);

        Both(cluster => cluster.WithIngress("a", "svc", 1, "b.example.com"));
        _first.Process(Key);
        _second.Process(Key);

        Assert.Equal(_first.All(), _second.All());
        Assert.Contains("external|b.example.com", _second.Store.Current[ResourceType.ScopedRouteConfiguration].Names);
        Assert.True(_second.Pipeline.Kept.TakeChanged());
        Assert.Empty(_second.Pipeline.Kept.All);
    }

    [Fact]
    public void IngressIsDeleted_NothingStays()
    {
        Begin();
        _second.Process(Key);
        _second.AdoptFrom(_first);

        _second.Cluster.IngressesByKey.Remove(Key);
        _second.Process(Key);

        Assert.Empty(_second.All());
        Assert.Empty(_second.Pipeline.Kept.All);
    }

    [Fact]
    public void IngressHasGoneOrBeenMadeAnew_NothingIsTakenOver()
    {
        Begin();
        Assert.Empty(_second.AdoptFrom(_first));

        // Made anew: younger than what is told of.
        _second.Cluster.WithIngress("a", "svc", 0, "not a host");
        _second.Cluster.WithIngress("a", "svc", 0, "not a host");
        _second.Process(Key);
        Assert.Empty(_second.AdoptFrom(_first));
        Assert.Empty(_second.All());
    }

    [Fact]
    public void ServerKnowsAStateItself_ItKeepsThat()
    {
        Begin();
        Both(cluster => cluster.WithIngress("a", "svc", 1, "b.example.com"));
        _second.Process(Key);
        Both(cluster => cluster.WithIngress("a", "svc", 1, "not a host"));
        _second.Process(Key);

        Assert.Empty(_second.AdoptFrom(_first));
        Assert.Contains("external|b.example.com", _second.Store.Current[ResourceType.ScopedRouteConfiguration].Names);
    }

    [Fact]
    public void StateOfALaterGenerationThanIsRead_IsNotTakenOver()
    {
        Begin();
        _second.Cluster.IngressesByKey[Key] = _second.Cluster.IngressesByKey[Key] with { Generation = 0 };
        _second.Process(Key);

        Assert.Empty(_second.AdoptFrom(_first));
    }

    [Fact]
    public void StateIsBadItself_NothingIsServedOfIt_AndTheOthersAre()
    {
        Both(cluster => cluster.WithService("svc").WithIngress("b", "svc", 1, "b.example.com"));
        _second.Cluster.WithIngress("a", "svc", 1, "not a host");
        _second.Process(Key, new("ns", "b"));
        var told = _second.Cluster.IngressesByKey[Key];

        Assert.True(_second.Pipeline.Adopt(told));
        _second.Pipeline.Process();

        Assert.Equal(["external|b.example.com", "local|b.example.com"], _second.Store.Current[ResourceType.ScopedRouteConfiguration].Names.Order(StringComparer.Ordinal));
        Assert.Equal("spec.rules[0].hosts[0]", Assert.Single(_second.Pipeline.Entries[Key].Problems).Field);
    }

    [Fact]
    public void GoodIngresses_AreNotTold()
    {
        Both(cluster => cluster.WithService("svc").WithIngress("a", "svc", 1, "a.example.com"));
        _first.Process(Key);

        Assert.Empty(_first.Pipeline.Kept.All);
        Assert.False(_first.Pipeline.Kept.TakeChanged());
        Assert.False(_first.Pipeline.LacksFormerStates);
    }

    /// <summary>An ingress that the first server has seen while it was good, and that is bad now.</summary>
    private void Begin()
    {
        Both(cluster => cluster.WithService("svc").WithIngress("a", "svc", 1, "a.example.com"));
        _first.Process(Key);
        Both(cluster => cluster.WithIngress("a", "svc", 1, "not a host"));
        _first.Process(Key);
    }

    private static CertificateReading Certificate(string content) =>
        new(new CertificatePair { Secret = Secret, Chain = [.. Encoding.UTF8.GetBytes(content)], PrivateKey = [.. Encoding.UTF8.GetBytes(content)] }, null);

    private void Both(Action<FakeCluster> change)
    {
        change(_first.Cluster);
        change(_second.Cluster);
    }

    private sealed class Server
    {
        private readonly FleetDirectory _fleets = new([new FleetOptions { IngressClasses = ["c"] }]);

        public Server()
        {
            Cluster = new(_fleets);
            Pipeline = new(Cluster, new TranslationSettings()) { OnSecretWanted = Wanted.Add };
        }

        /// <summary>Secrets that it wants to know.</summary>
        public List<ObjectKey> Wanted { get; } = [];

        public FakeCluster Cluster { get; }
        public IngressPipeline Pipeline { get; }
        public ResourceStore Store => _fleets.All[0].Store;

        public void Process(params ObjectKey[] ingresses)
        {
            foreach (var ingress in ingresses)
            {
                Pipeline.MarkIngress(ingress);
            }

            Pipeline.Process();
        }

        /// <summary>Takes over what another server tells.</summary>
        public List<ObjectKey> AdoptFrom(Server other)
        {
            var adopted = LastGoodStates.Read([LastGoodStates.Write(other.Pipeline.Kept.All)]).Values.Where(Pipeline.Adopt).Select(state => state.Key).ToList();
            Pipeline.Process();
            return adopted;
        }

        public IEnumerable<string> All() => ResourceTypes.All.SelectMany(type => Store.Current[type].Resources).Select(resource => $"{resource}").Order(StringComparer.Ordinal);
    }
}
