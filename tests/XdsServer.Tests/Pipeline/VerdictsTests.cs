using Knative.Xds.ControlPlane.Resources;
using Knative.Xds.ControlPlane.Translation;
using Knative.Xds.Core.Model;
using Knative.Xds.Kube.Client;
using Knative.Xds.Testing;
using Knative.Xds.XdsServer.Fleets;
using Knative.Xds.XdsServer.Pipeline;
using Knative.Xds.XdsServer.Probing;
using Knative.Xds.XdsServer.Replication;
using Knative.Xds.XdsServer.Reporting;
using Knative.Xds.XdsServer.Streams;
using Knative.Xds.XdsServer.Tests.Watching;
using Knative.Xds.XdsServer.Watching;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Prometheus;

namespace Knative.Xds.XdsServer.Tests.Pipeline;

/// <summary>What a replica that does not write statuses tells the one that does: an ingress that it does not list is one that its gateways serve as it is now.</summary>
public sealed class VerdictsTests : IDisposable
{
    private const long Gateway = 1;
    private readonly FleetDirectory _fleets = new([new FleetOptions { IngressClasses = ["c"] }, new FleetOptions { Name = "other", IngressClasses = ["d"] }]);
    private readonly FakeTimeProvider _time = new();
    private readonly Dictionary<ResourceId, string> _held = [];
    private readonly SecretApi _api = new(TestCertificate.For("a.example.com"));
    private readonly FakeCluster _cluster;
    private readonly IngressPipeline _pipeline;
    private readonly KubeClient _client;
    private readonly ReferencedSecrets _secrets;
    private readonly GatewayProber _prober;
    private readonly StatusWriter _statuses;
    private readonly ReplicaLeases _replicas;
    private readonly Verdicts _verdicts;

    public VerdictsTests()
    {
        var options = new XdsServerOptions { PodName = "one" };
        var metrics = new XdsMetrics(Metrics.WithCustomRegistry(Metrics.NewCustomRegistry()));
        _client = KubeClients.Through(_api, new Uri("http://api.invalid"));
        _secrets = new(_client, _time, NullLogger<ReferencedSecrets>.Instance);
        _cluster = new(_fleets);
        _pipeline = new(_cluster, new TranslationSettings()) { WaitsForEndpoints = true };
        _replicas = new(_client, options, _time, NullLogger<ReplicaLeases>.Instance);
        var informers = new ClusterInformers(_client, _time, NullLogger<ClusterInformers>.Instance);
        _prober = new(informers, _secrets, _fleets, options, metrics, _time);
        _statuses = new(_client, informers, _fleets, _replicas, _prober, metrics, _time, NullLogger<StatusWriter>.Instance);
        _verdicts = new(_pipeline, _fleets, _statuses, _replicas);
        _fleets.All[0].Ledger.Apply(new StreamEvent.Opened(Gateway));
        _fleets.All[0].Ledger.Apply(new StreamEvent.Subscribed(Gateway, ResourceType.ScopedRouteConfiguration));
    }

    public void Dispose()
    {
        _statuses.Dispose();
        _prober.Dispose();
        _secrets.Dispose();
        _client.Dispose();
        _api.Dispose();
    }

    [Fact]
    public void GatewayHasYetToTakeIt_IsListedUntilItHas()
    {
        Change(_cluster.WithService("svc").WithIngress("a", "svc", 1, "a.example.com"));
        Assert.Equal([("ns/a", "")], Open());

        TakeAll();
        Assert.Empty(Open());
    }

    [Fact]
    public void GatewayRefusesIt_IsListedWithItsWords()
    {
        Change(_cluster.WithService("svc").WithIngress("a", "svc", 1, "a.example.com"));
        var routes = _fleets.All[0].Store.Current[ResourceType.RouteConfiguration].Resources.First();
        _fleets.All[0].Ledger.Apply(new StreamEvent.Nacked(Gateway, ResourceType.RouteConfiguration, [new(routes.Name, routes.Version)], "no"));
        Judge();

        Assert.Equal([("ns/a", "no")], Open());
    }

    [Fact]
    public void OnlyAStatusWasRead_WhatIsListedIsNotMadeAgain()
    {
        Change(_cluster.WithService("svc").WithIngress("a", "svc", 1, "a.example.com"));
        var before = _replicas.State;

        _verdicts.Saw(42);
        _verdicts.Publish();

        Assert.Equal(42, _replicas.State.Seen);
        Assert.Same(before.Open, _replicas.State.Open);
        Assert.Equal(before.Gateways, _replicas.State.Gateways);

        TakeAll();
        Assert.Empty(Open());
        Assert.Equal(42, _replicas.State.Seen);
    }

    [Fact]
    public void GatewayComes_IsCountedThoughNothingElseIsNew()
    {
        _verdicts.Publish();
        _fleets.All[0].Ledger.Apply(new StreamEvent.Opened(2));
        _fleets.All[0].Ledger.Apply(new StreamEvent.Subscribed(2, ResourceType.ScopedRouteConfiguration));
        _verdicts.CountAgain();
        _verdicts.Publish();

        Assert.Equal(2, _replicas.State.Gateways[FleetOptions.DefaultName]);
    }

    [Fact]
    public void EndpointsAreAwaited_IsListedAlthoughTheGatewayHasAllThatIsServed()
    {
        Change(_cluster.WithService("svc").WithIngress("a", "svc", 1, "a.example.com"));
        TakeAll();

        // The watch of endpoints is behind that of ingresses.
        _cluster.WithService("next").PodOf.Remove(new("ns", "next"));
        Change(_cluster.WithIngress("a", "next", 1, "a.example.com"));
        Assert.Equal([("ns/a", "")], Open());

        _cluster.WithService("next");
        _pipeline.MarkEndpoints(new("ns", "next"));
        Judge();
        Assert.Equal([("ns/a", "")], Open());

        TakeAll();
        Assert.Empty(Open());
    }

    [Fact]
    public void SecretHasNotBeenRead_IsListedAlthoughTheGatewayHasTheRoutes()
    {
        var key = _cluster.WithService("svc").WithIngress("a", "svc", 1, "a.example.com");
        _cluster.IngressesByKey[key] = _cluster.IngressesByKey[key] with { Tls = [new IngressTls(["a.example.com"], new("ns", "tls"))] };
        Change(key);
        TakeAll();
        Assert.Equal([("ns/a", "")], Open());

        _cluster.Certificates[new("ns", "tls")] = new(null, "does not exist");
        _pipeline.MarkSecret(new("ns", "tls"));
        Judge();
        Assert.Empty(Open());
    }

    [Fact]
    public void ServiceDoesNotExist_IsNotListed()
    {
        // Who writes statuses sees that for itself.
        Change(_cluster.WithIngress("a", "gone", 1, "a.example.com"));
        TakeAll();

        Assert.Empty(Open());
    }

    [Fact]
    public void IngressMovesToAnotherFleet_GatewayThereHasTakenIt_ItsAddressIsTheNewOneShouldThisReplicaWriteNext()
    {
        Change(_cluster.WithService("svc").WithIngress("a", "d", "svc", 1, ["a.example.com"]));
        var key = _cluster.WithIngress("a", "svc", 1, "a.example.com");
        Change(key);
        Assert.Equal([_fleets.All[1]], _pipeline.Moves.AddressedAt(key, [_fleets.All[0]]));

        TakeAll();
        Assert.Equal([_fleets.All[0]], _pipeline.Moves.AddressedAt(key, [_fleets.All[0]]));
    }

    [Fact]
    public void IngressGoes_IsNotListedAnyMore()
    {
        var key = _cluster.WithService("svc").WithIngress("a", "svc", 1, "a.example.com");
        Change(key);
        _cluster.IngressesByKey.Remove(key);
        Change(key);

        Assert.Empty(Open());
    }

    private void Change(ObjectKey ingress)
    {
        _pipeline.MarkIngress(ingress);
        Judge();
    }

    /// <summary>The gateway takes everything as it is now.</summary>
    private void TakeAll()
    {
        foreach (var resource in ResourceTypes.All.SelectMany(type => _fleets.All[0].Store.Current[type].Resources))
        {
            var id = new ResourceId(resource.Type, resource.Name);
            _fleets.All[0].Ledger.Apply(new StreamEvent.Acked(Gateway, id.Type, [new(id.Name, resource.Version, _held.GetValueOrDefault(id, ""))]));
            _held[id] = resource.Version;
        }

        Judge();
    }

    private void Judge()
    {
        foreach (var key in _pipeline.Process().Union(_pipeline.Entries.Keys))
        {
            _verdicts.Judge(key);
        }

        _verdicts.Publish();
    }

    private IEnumerable<(string Ingress, string Words)> Open() => _replicas.State.Open.Select(entry => (entry.Key, entry.Value));
}
