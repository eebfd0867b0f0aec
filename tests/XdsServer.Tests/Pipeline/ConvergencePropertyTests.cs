using Knative.Xds.ControlPlane.Resources;
using Knative.Xds.ControlPlane.Translation;
using Knative.Xds.Core.Model;
using Knative.Xds.XdsServer.Fleets;
using Knative.Xds.XdsServer.Pipeline;
using Knative.Xds.XdsServer.Reporting;
using Knative.Xds.XdsServer.Streams;
using Microsoft.Extensions.Logging.Abstractions;

namespace Knative.Xds.XdsServer.Tests.Pipeline;

/// <summary>Ingresses come before their Services, these before their endpoints; Services go and come again; ingresses move between fleets; gateways connect at any time and answer late: in the end every gateway
/// has everything of its fleet, and every ingress is ready.</summary>
public sealed class ConvergencePropertyTests
{
    private const int Runs = 15;

    [Theory]
    [InlineData(1, true)]
    [InlineData(2, true)]
    [InlineData(3, true)]
    [InlineData(1, false)]
    [InlineData(2, false)]
    [InlineData(3, false)]
    public void AnyInterleaving_InTheEndEveryGatewayHasEverything_AndEveryIngressIsReady(int seed, bool isDelta)
    {
        for (var run = 0; run < Runs; run++)
        {
            var world = new World(new Random((seed * Runs) + run), isDelta);
            for (var step = 0; step < 150; step++)
            {
                world.Step();
            }

            world.Complete();
            Assert.True(world.Settle(), $"seed {seed}, run {run}: it must come to rest");
            world.AssertComplete($"seed {seed}, run {run}");
        }
    }

    /// <summary>The objects, the owner loop and some gateways.</summary>
    private sealed class World
    {
        private const int Services = 4;
        private const int Ingresses = 3;
        private readonly Random _random;
        private readonly bool _isDelta;
        private static readonly string[] Classes = ["c", "d", "both"];
        private readonly FleetDirectory _fleets = new([new FleetOptions { Name = "one", IngressClasses = ["c", "both"] }, new FleetOptions { Name = "two", IngressClasses = ["d", "both"] }]);
        private readonly FakeCluster _cluster;
        private readonly IngressPipeline _pipeline;
        private readonly FleetUpkeep _upkeep;
        private readonly List<ModelGateway> _gateways = [];
        private readonly Dictionary<ModelGateway, Fleet> _fleetOf = [];
        private readonly Queue<Action<HashSet<ObjectKey>>> _inbox = new();
        private readonly List<Action<HashSet<ObjectKey>>> _later = [];
        private readonly Dictionary<ObjectKey, (GatewayState State, bool IsWhole)> _verdicts = [];
        private readonly HashSet<Fleet> _changedFleets = [];

        public World(Random random, bool isDelta)
        {
            (_random, _isDelta) = (random, isDelta);
            _cluster = new(_fleets);
            _pipeline = new(_cluster, new TranslationSettings()) { WaitsForEndpoints = true };
            _upkeep = new(TimeSpan.Zero, (happens, _) => _later.Add(_ => End((OwnerEvent.Overdue)happens)), NullLogger.Instance);
            foreach (var fleet in _fleets.All)
            {
                fleet.Streams.Report = happened => _inbox.Enqueue(judged => Take(fleet, happened, judged));
                fleet.Streams.Publish(fleet.Store.Publish());
            }
        }

        public void Step()
        {
            switch (_random.Next(12))
            {
                case 0 or 1:
                    Change();
                    break;
                case 2 or 3:
                    Update();
                    break;
                case 4 when _gateways.Count < 5:
                    Connect(_fleets.All[_random.Next(_fleets.All.Length)]);
                    break;
                case 4 when _random.Next(4) == 0:
                    Any().Leave();
                    break;
                case 5 when _later.Count > 0 && _random.Next(3) == 0:
                    Happen(_random.Next(_later.Count));
                    break;
                case 6 when _gateways.Count > 0 && _random.Next(3) == 0:
                    Any(stays: true).Tick();
                    break;
                default:
                    Move();
                    break;
            }
        }

        /// <summary>Everything that ingresses need is there in the end.</summary>
        public void Complete()
        {
            for (var i = 0; i < Services; i++)
            {
                var service = new ObjectKey("ns", $"s{i}");
                _cluster.WithService(service.Name, _cluster.PodOf.GetValueOrDefault(service, $"10.0.{i}.1"));
                Tell(() => _pipeline.MarkService(service));
                Tell(() => _pipeline.MarkEndpoints(service));
            }

            for (var i = 0; i < Ingresses; i++)
            {
                if (!_cluster.IngressesByKey.ContainsKey(new("ns", $"i{i}")))
                {
                    Ingress(i);
                }
            }

            foreach (var fleet in _fleets.All.Where(fleet => !_gateways.Exists(gateway => _fleetOf[gateway] == fleet)))
            {
                Connect(fleet);
            }
        }

        /// <summary>Lets everything arrive, and time pass; false when it does not come to rest.</summary>
        public bool Settle()
        {
            for (var round = 0; round < 30; round++)
            {
                for (var moves = 0; _inbox.Count > 0 || _gateways.Exists(gateway => !gateway.IsQuiet); moves++)
                {
                    if (moves > 1_000)
                    {
                        return false;
                    }

                    Update();
                    foreach (var gateway in _gateways)
                    {
                        gateway.Push();
                        gateway.Listen();
                        gateway.Read();
                    }
                }

                while (_later.Count > 0)
                {
                    Happen(0);
                }

                Update();
                _gateways.ForEach(gateway => gateway.Tick());
                if (round > 10)
                {
                    // Envoy's own limit is longer than those of the stream.
                    _gateways.ForEach(gateway => gateway.StopWaiting());
                }
            }

            return true;
        }

        public void AssertComplete(string run)
        {
            foreach (var fleet in _fleets.All)
            {
                AssertComplete(fleet, run);
            }

            Assert.Equal(Ingresses, _verdicts.Count);
            Assert.All(_verdicts, verdict => Assert.True(verdict.Value == (GatewayState.Taken, true), $"{run}: {verdict.Key} is {verdict.Value}"));
        }

        private void AssertComplete(Fleet fleet, string run)
        {
            var current = fleet.Store.Current;
            var expected = ResourceTypes.All.SelectMany(type => current[type].Resources).Select(ModelGateway.Describe).Order(StringComparer.Ordinal).ToList();
            Assert.Equal(_pipeline.Entries.Where(entry => entry.Value.Fleets.Contains(fleet)).Select(entry => entry.Key).Order(), fleet.Owners.Keys.Order());
            Assert.DoesNotContain(current[ResourceType.RouteConfiguration].Resources, routes => routes.References.Contains(GatewayNames.Nobody));
            Assert.All(_gateways.Where(gateway => _fleetOf[gateway] == fleet), gateway => Assert.True(expected.SequenceEqual(gateway.Held), $"{run}: a gateway lacks {string.Join(", ", expected.Except(gateway.Held))} and has {string.Join(", ", gateway.Held.Except(expected))}"));
        }

        private void Connect(Fleet fleet)
        {
            _gateways.Add(new(fleet.Streams, _isDelta));
            _fleetOf[_gateways[^1]] = fleet;
        }

        private void End(OwnerEvent.Overdue hold) => _upkeep.EndHold(hold.Fleet, hold.Resources, hold.Hold);

        /// <summary>An object comes, changes or goes; the owner loop hears of it later.</summary>
        private void Change()
        {
            var i = _random.Next(Services);
            var service = new ObjectKey("ns", $"s{i}");
            switch (_random.Next(6))
            {
                case 0:
                    Ingress(_random.Next(Ingresses));
                    break;
                case 1 or 2:
                    var pod = _cluster.PodOf.GetValueOrDefault(service);
                    _cluster.WithService(service.Name);
                    SetPod(service, pod);
                    Tell(() => _pipeline.MarkService(service));
                    break;
                case 3:
                    _cluster.Services.Remove(service);
                    Tell(() => _pipeline.MarkService(service));
                    break;
                case 4:
                    SetPod(service, $"10.0.{i}.{_random.Next(3)}");
                    Tell(() => _pipeline.MarkEndpoints(service));
                    break;
                default:
                    SetPod(service, null);
                    Tell(() => _pipeline.MarkEndpoints(service));
                    break;
            }
        }

        private void SetPod(ObjectKey service, string? address)
        {
            if (address is null)
            {
                _cluster.PodOf.Remove(service);
            }
            else
            {
                _cluster.PodOf[service] = address;
            }
        }

        private void Ingress(int i)
        {
            var key = _cluster.WithIngress($"i{i}", Classes[_random.Next(Classes.Length)], "s0", 1, [$"h{i}.example.com"]);
            var rule = _cluster.IngressesByKey[key].Rules[0];
            var split = rule.Paths[0].Splits[0];
            var share = _random.Next(101);
            _cluster.IngressesByKey[key] = _cluster.IngressesByKey[key] with
            {
                Rules = [rule with { Paths = [rule.Paths[0] with { Splits = [split with { Service = Some(), Percent = share }, split with { Service = Some(), Percent = 100 - share }] }] }],
            };
            Tell(() => _pipeline.MarkIngress(key));

            ObjectKey Some() => new("ns", $"s{_random.Next(Services)}");
        }

        private void Tell(Action mark) => _inbox.Enqueue(_ => mark());

        private void Happen(int index)
        {
            var happens = _later[index];
            _later.RemoveAt(index);
            _inbox.Enqueue(happens);
        }

        private void Move()
        {
            if (_gateways.Count == 0)
            {
                return;
            }

            var gateway = Any(stays: true);
            switch (_random.Next(3))
            {
                case 0:
                    gateway.Push();
                    break;
                case 1:
                    gateway.Listen();
                    break;
                default:
                    gateway.Read();
                    break;
            }
        }

        private ModelGateway Any(bool stays = false)
        {
            var gateway = _gateways[_random.Next(_gateways.Count)];
            if (!stays)
            {
                _gateways.Remove(gateway);
            }

            return gateway;
        }

        private void Take(Fleet fleet, StreamEvent happened, HashSet<ObjectKey> judged)
        {
            if (fleet.Ledger.Apply(happened) is { } resources)
            {
                judged.UnionWith(resources.SelectMany(fleet.Owners.OwnersOf));
            }
            else
            {
                _changedFleets.Add(fleet);
            }
        }

        /// <summary>A turn of the owner loop.</summary>
        private void Update()
        {
            var judged = new HashSet<ObjectKey>();
            while (_inbox.TryDequeue(out var happened))
            {
                happened(judged);
            }

            judged.UnionWith(_pipeline.Process());
            foreach (var (ingress, wait) in _pipeline.Waits)
            {
                _later.Add(_ => _pipeline.EndWait(ingress, wait));
            }

            foreach (var (ingress, move) in _pipeline.Moves.TakeBegun())
            {
                _later.Add(_ => _pipeline.EndMove(ingress, move));
            }

            foreach (var fleet in _fleets.All)
            {
                _upkeep.Dismiss(fleet);
            }

            foreach (var fleet in _pipeline.News.Union(_upkeep.TakeNews()))
            {
                fleet.Streams.Publish(fleet.Store.Current);
            }

            judged.UnionWith(_changedFleets.SelectMany(fleet => fleet.Owners.Keys));
            _changedFleets.Clear();
            foreach (var key in judged.Where(_pipeline.Entries.ContainsKey))
            {
                var entry = _pipeline.Entries[key];
                _verdicts[key] = (FleetVerdict.Here(key, entry.Fleets).State, entry.Awaited.IsEmpty && entry.Problems.IsEmpty);
            }
        }
    }
}
