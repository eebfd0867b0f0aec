using System.Globalization;
using System.Text;
using Envoy.Config.Cluster.V3;
using Envoy.Config.Endpoint.V3;
using Envoy.Config.Route.V3;
using Google.Protobuf;
using Knative.Xds.ControlPlane.Resources;
using Knative.Xds.ControlPlane.Translation;
using Knative.Xds.Core.Model;
using Knative.Xds.XdsServer.Fleets;
using Knative.Xds.XdsServer.Pipeline;

namespace Knative.Xds.XdsServer.Tests.Pipeline;

/// <summary>Replicas see the events of different objects in different orders, and take them in different portions: what they serve in the end is the same, byte by byte. Ingresses move between
/// fleets. Services go for good or come again, or change their port; some never come. Some ingresses are bad until they are mended, others turn bad and stay as they were, among Services and Secrets as they are.</summary>
public sealed class EventOrderPropertyTests
{
    private const int Services = 4;
    private const int Secrets = 3;
    private const int Ingresses = 12;
    // The second is both fleets'.
    private static readonly string[] Classes = ["c", "both", "d"];

    [Theory]
    [InlineData(1, false)]
    [InlineData(2, false)]
    [InlineData(3, false)]
    [InlineData(5, true)]
    [InlineData(6, true)]
    [InlineData(7, true)]
    public void EventsInAnyOrder_CertificatesWildcardsAndConflicts_GiveTheSameBytes(int seed, bool waits)
    {
        var random = new Random(seed);
        var histories = Histories(random);
        var expected = Serve(histories, new Random(0), shuffled: false);
        Assert.Contains(expected.Keys, id => id.Resource.Name == GatewayNames.Nobody);
        Assert.All(ResourceTypes.All.Except([ResourceType.Listener]), type => Assert.Contains(expected.Keys, id => id.Resource.Type == type));
        Assert.Contains(expected.Keys, id => id.Resource.Name.StartsWith("external|*.", StringComparison.Ordinal));

        for (var run = 0; run < 40; run++)
        {
            var actual = Serve(histories, random, shuffled: true, waits);

            Assert.Equal(expected.Keys.Select(Name).Order(StringComparer.Ordinal), actual.Keys.Select(Name).Order(StringComparer.Ordinal));
            Assert.Empty(expected.Where(entry => !entry.Value.ToByteString().Equals(actual[entry.Key].ToByteString())).Select(entry => $"seed {seed}, run {run}: {entry.Key}"));
        }
    }

    [Fact]
    public void EverythingServed_BearsItsOwnName_AndEveryScopeNamesRoutesThatAreThere()
    {
        var served = Serve(Histories(new Random(4)), new Random(0), shuffled: false);

        Assert.All(served, entry => Assert.Equal(entry.Key.Resource.Name, entry.Value.Name));
        Assert.All(served, entry => Assert.Equal(entry.Key.Resource.Name, InnerName(entry.Key.Resource.Type, entry.Value.Resource_.Value)));
        Assert.All(
            served.Where(entry => entry.Key.Resource.Type == ResourceType.ScopedRouteConfiguration).Select(entry => (entry.Key.Fleet, Name: ScopedRouteConfiguration.Parser.ParseFrom(entry.Value.Resource_.Value).RouteConfigurationName)),
            routes => Assert.Contains((routes.Fleet, new ResourceId(ResourceType.RouteConfiguration, routes.Name)), served.Keys));
    }

    /// <summary>What happens to each object, in its order: the only order that watches keep.</summary>
    private static List<Queue<Event>> Histories(Random random)
    {
        var histories = new List<Queue<Event>>();
        for (var i = 0; i < Services; i++)
        {
            var (name, key) = ($"s{i}", new ObjectKey("ns", $"s{i}"));
            List<Event> steps =
            [
                .. Steps(random, step =>
                {
                    var port = random.Next(2) == 0 ? "http" : "h2c";
                    return new Event(
                        cluster => cluster.WithService(name, $"10.0.{i}.{step}", port),
                        pipeline =>
                        {
                            pipeline.MarkService(key);
                            pipeline.MarkEndpoints(key);
                        });
                }),
            ];
            // The first goes for good, the second comes again.
            if (i < 2)
            {
                steps.Insert(i == 0 ? steps.Count : random.Next(steps.Count), new Event(cluster => cluster.Services.Remove(key), pipeline => pipeline.MarkService(key)));
            }

            histories.Add(new(steps));
        }

        for (var i = 0; i < Secrets; i++)
        {
            var key = new ObjectKey("ns", $"t{i}");
            histories.Add(new(Steps(random, step => new Event(cluster => cluster.Certificates[key] = Certificate(key, step), pipeline => pipeline.MarkSecret(key)))));
        }

        for (var i = 0; i < Ingresses; i++)
        {
            histories.Add(History($"i{i}", age: 1 + ((i * 7) % Ingresses), random));
        }

        // No Service of theirs ever comes, and one is bad for good.
        histories.Add(new([new Event(cluster => cluster.WithIngress("never", "never", 1, "never.example.com"), pipeline => pipeline.MarkIngress(new("ns", "never")))]));
        histories.Add(new([new Event(cluster => cluster.WithIngress("bad", "s3", 1, "not a host"), pipeline => pipeline.MarkIngress(new("ns", "bad")))]));
        histories.Add(new(
        [
            new Event(cluster => cluster.WithIngress("mended", "s3", 1, "not a host"), pipeline => pipeline.MarkIngress(new("ns", "mended"))),
            new Event(cluster => cluster.WithIngress("mended", "s3", 1, "mended.example.com"), pipeline => pipeline.MarkIngress(new("ns", "mended"))),
        ]));

        return histories;
    }

    private static Queue<Event> History(string name, int age, Random random)
    {
        var key = new ObjectKey("ns", name);
        var events = Steps(random, _ =>
        {
            var (service, hosts, secret, ingressClass) = ($"s{random.Next(Services)}", Hosts(name, random), random.Next(2 * Secrets), Classes[random.Next(Classes.Length)]);
            return new Event(
                cluster =>
                {
                    cluster.WithIngress(name, ingressClass, service, age, hosts);
                    cluster.IngressesByKey[key] = cluster.IngressesByKey[key] with { Tls = secret < Secrets ? [new IngressTls([.. hosts], new("ns", $"t{secret}"))] : [] };
                },
                pipeline => pipeline.MarkIngress(key));
        });
        if (random.Next(2) == 0)
        {
            // What was good before is only known to who has seen it.
            var turn = 1 + random.Next(events.Count);
            events[turn - 1] = events[turn - 1] with { IsSeen = true };
            events.Insert(turn, new Event(cluster => cluster.WithIngress(name, "s0", age, "not a host"), pipeline => pipeline.MarkIngress(key)));
        }

        if (random.Next(4) == 0)
        {
            events.Add(new Event(cluster => cluster.IngressesByKey.Remove(key), pipeline => pipeline.MarkIngress(key)));
        }

        return new(events);
    }

    /// <summary>A host of its own, some that others claim too, and wildcards above both.</summary>
    private static string[] Hosts(string name, Random random)
    {
        var hosts = new List<string> { $"{name}.own.example.com" };
        hosts.AddRange(Enumerable.Range(0, 3).Where(_ => random.Next(2) == 0).Select(i => $"shared-{i}.example.com"));
        hosts.AddRange(new[] { "*.own.example.com", "*.example.com" }.Where(_ => random.Next(3) == 0));
        return [.. hosts];
    }

    private static List<Event> Steps(Random random, Func<int, Event> make) => [.. Enumerable.Range(1, 1 + random.Next(3)).Select(make)];

    /// <param name="histories">What happens.</param>
    /// <param name="random">Mixes it.</param>
    /// <param name="shuffled">Whether it is mixed.</param>
    /// <param name="waits">Whether what is not there is waited for, for a time.</param>
    private static Dictionary<(string Fleet, ResourceId Resource), Envoy.Service.Discovery.V3.Resource> Serve(List<Queue<Event>> histories, Random random, bool shuffled, bool waits = false)
    {
        var fleets = new FleetDirectory([new FleetOptions { Name = "one", IngressClasses = ["c", "both"] }, new FleetOptions { Name = "two", IngressClasses = ["d", "both"] }]);
        var cluster = new FakeCluster(fleets);
        var pipeline = new IngressPipeline(cluster, new TranslationSettings()) { WaitsForEndpoints = waits };
        var moves = new List<(ObjectKey Ingress, long Number)>();
        var left = histories.Select(history => new Queue<Event>(history)).ToList();
        while (left.Count > 0)
        {
            var next = left[shuffled ? random.Next(left.Count) : 0];
            var happened = next.Dequeue();
            happened.Happen(cluster);
            happened.Tell(pipeline);
            if (next.Count == 0)
            {
                left.Remove(next);
            }

            if (!shuffled || happened.IsSeen || random.Next(3) == 0)
            {
                pipeline.Process();
                moves.AddRange(pipeline.Moves.TakeBegun());
            }

            if (shuffled && random.Next(6) == 0)
            {
                EndMoves(pipeline, moves, random.Next(moves.Count + 1));
            }

            if (waits && random.Next(6) == 0)
            {
                EndWaits(pipeline);
            }
        }

        do
        {
            pipeline.Process();
            moves.AddRange(pipeline.Moves.TakeBegun());
        }
        while (EndWaits(pipeline) | EndMoves(pipeline, moves, moves.Count));
        return fleets.All.SelectMany(fleet => ResourceTypes.All.SelectMany(type => fleet.Store.Current[type].Resources).Select(resource => (Fleet: fleet.Name, Resource: resource)))
            .ToDictionary(served => (served.Fleet, new ResourceId(served.Resource.Type, served.Resource.Name)), served => served.Resource.Wire);
    }

    private static bool EndMoves(IngressPipeline pipeline, List<(ObjectKey Ingress, long Number)> moves, int count)
    {
        foreach (var (ingress, number) in moves.Take(count))
        {
            pipeline.EndMove(ingress, number);
        }

        moves.RemoveRange(0, count);
        return count > 0;
    }

    private static bool EndWaits(IngressPipeline pipeline)
    {
        var waits = pipeline.Entries.Where(entry => entry.Value.Wait > 0).Select(entry => (Ingress: entry.Key, Number: entry.Value.Wait)).ToList();
        waits.ForEach(wait => pipeline.EndWait(wait.Ingress, wait.Number));
        return waits.Count > 0;
    }

    private static CertificateReading Certificate(ObjectKey secret, int step)
    {
        var content = Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{secret.Name} {step}"));
        return new(new CertificatePair { Secret = secret, Chain = [.. content], PrivateKey = [.. content] }, null);
    }

    private static string InnerName(ResourceType type, ByteString bytes) => type switch
    {
        ResourceType.Cluster => Cluster.Parser.ParseFrom(bytes).Name,
        ResourceType.ClusterLoadAssignment => ClusterLoadAssignment.Parser.ParseFrom(bytes).ClusterName,
        ResourceType.Secret => Envoy.Extensions.TransportSockets.Tls.V3.Secret.Parser.ParseFrom(bytes).Name,
        ResourceType.ScopedRouteConfiguration => ScopedRouteConfiguration.Parser.ParseFrom(bytes).Name,
        ResourceType.RouteConfiguration => RouteConfiguration.Parser.ParseFrom(bytes).Name,
        _ => throw new ArgumentOutOfRangeException(nameof(type)),
    };

    private static string Name((string Fleet, ResourceId Resource) id) => $"{id}";

    /// <summary>A change of an object, and how the pipeline is told.</summary>
    private sealed record Event(Action<FakeCluster> Happen, Action<IngressPipeline> Tell)
    {
        /// <summary>It is taken before anything else happens.</summary>
        public bool IsSeen { get; init; }
    }
}
