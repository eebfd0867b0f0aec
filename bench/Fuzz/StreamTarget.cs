using System.Collections.Concurrent;
using Envoy.Config.Cluster.V3;
using Envoy.Config.Endpoint.V3;
using Envoy.Config.Listener.V3;
using Envoy.Config.Route.V3;
using Envoy.Extensions.TransportSockets.Tls.V3;
using Envoy.Service.Discovery.V3;
using Google.Protobuf;
using Google.Rpc;
using Knative.Xds.ControlPlane.Protocol;
using Knative.Xds.ControlPlane.Resources;
using Node = Envoy.Config.Core.V3.Node;

namespace Knative.Xds.Fuzz;

/// <summary>One stream with a client that keeps to no rule, while resources change and time passes.</summary>
internal sealed class StreamTarget : IFuzzTarget
{
    private const int MaxSteps = 40;
    private static readonly StreamPolicy Policy = new() { MaxNames = 50, MaxNameLength = 4000, MaxResponseBytes = 2000, HoldTicks = 2, AnswerTicks = 3, MaxAliases = 4 };
    private static readonly string[] Names = ["a", "b", "c", "a.example.com", "*.example.com", "ns/i/external", "ns/i/local", "external|a", "local|a"];
    private readonly ConcurrentDictionary<string, long> _reached = new(StringComparer.Ordinal);

    public IReadOnlyDictionary<string, long> Reached => _reached;

    public void Execute(Random random, Action<string> log)
    {
        if (random.Next(2) == 0)
        {
            Run(random, log, snapshot => new DeltaMachine(Policy, snapshot), DeltaDiscoveryRequest.Parser, nonces => Delta(random, nonces));
        }
        else
        {
            Run(random, log, snapshot => new SotwMachine(Policy, snapshot), DiscoveryRequest.Parser, nonces => Sotw(random, nonces));
        }
    }

    private void Run<TRequest>(Random random, Action<string> log, Func<ResourceSnapshot, StreamMachine<TRequest>> create, MessageParser<TRequest> parser, Func<List<string>, TRequest> make)
        where TRequest : IMessage<TRequest>
    {
        var store = new ResourceStore(random.Next(2) == 0 ? 4 : 1000);
        Change(random, store, 10);
        var machine = create(store.Publish());
        var nonces = new List<string> { "" };
        for (var step = random.Next(1, MaxSteps); step > 0; step--)
        {
            var effects = random.Next(8) switch
            {
                0 => Changed(random, store, machine),
                1 => machine.OnTick(),
                _ when Message(random, parser, make(nonces)) is { } request => Asked(machine, request, log),
                _ => [],
            };
            foreach (var effect in effects)
            {
                Check(effect, nonces);
            }

            machine.Describe(all: true);
            Count(machine.IsHolding ? "holding" : "steps");
        }
    }

    private static System.Collections.Immutable.ImmutableArray<StreamEffect> Changed<TRequest>(Random random, ResourceStore store, StreamMachine<TRequest> machine) where TRequest : IMessage
    {
        Change(random, store, random.Next(1, 5));
        return machine.OnSnapshot(store.Publish());
    }

    private static System.Collections.Immutable.ImmutableArray<StreamEffect> Asked<TRequest>(StreamMachine<TRequest> machine, TRequest request, Action<string> log) where TRequest : IMessage<TRequest>
    {
        log(Convert.ToBase64String(request.ToByteArray()));
        return machine.OnRequest(request);
    }

    /// <summary>The message as it is, or what comes of its bytes when some are others; null when these are no message, as gRPC then ends the stream.</summary>
    private TRequest? Message<TRequest>(Random random, MessageParser<TRequest> parser, TRequest request) where TRequest : IMessage<TRequest>
    {
        var bytes = random.Next(3) switch
        {
            0 => request.ToByteArray(),
            1 => Odd.Mutate(random, request.ToByteArray()),
            _ when random.Next(10) == 0 => Random(random),
            _ => request.ToByteArray(),
        };
        try
        {
            var parsed = parser.ParseFrom(bytes);
            Count("messages");
            return parsed;
        }
        catch (InvalidProtocolBufferException)
        {
            Count("no messages");
            return default;
        }
    }

    private static byte[] Random(Random random)
    {
        var bytes = new byte[random.Next(200)];
        random.NextBytes(bytes);
        return bytes;
    }

    private void Check(StreamEffect effect, List<string> nonces)
    {
        Count(effect.GetType().Name);
        switch (effect)
        {
            case StreamEffect.Send { Response: DeltaDiscoveryResponse response }:
                nonces.Add(response.Nonce);
                // What Envoy refuses.
                Require(response.Resources.Select(resource => resource.Name).Concat(response.RemovedResources).GroupBy(name => name).All(group => group.Count() == 1), "a name twice");
                Require(response.Resources.All(resource => resource.Resource_ is null || resource.Resource_.TypeUrl == response.TypeUrl), "a foreign type");
                break;
            case StreamEffect.Send { Response: DiscoveryResponse response }:
                nonces.Add(response.Nonce);
                Require(response.Resources.All(resource => resource.TypeUrl == response.TypeUrl), "a foreign type");
                Require(response.Resources.Distinct().Count() == response.Resources.Count, "a resource twice");
                break;
        }
    }

    private static void Require(bool holds, string otherwise)
    {
        if (!holds)
        {
            throw new InvalidOperationException(otherwise);
        }
    }

    private static DeltaDiscoveryRequest Delta(Random random, List<string> nonces)
    {
        var request = new DeltaDiscoveryRequest { TypeUrl = TypeUrl(random), ResponseNonce = Nonce(random, nonces), ErrorDetail = Error(random), Node = NodeOf(random) };
        request.ResourceNamesSubscribe.Add(Some(random));
        request.ResourceNamesUnsubscribe.Add(Some(random));
        foreach (var name in Some(random))
        {
            request.InitialResourceVersions[name] = random.Next(2) == 0 ? "" : Odd.Text(random).ToWellFormed();
        }

        return request;
    }

    private static DiscoveryRequest Sotw(Random random, List<string> nonces)
    {
        var request = new DiscoveryRequest { TypeUrl = TypeUrl(random), ResponseNonce = Nonce(random, nonces), ErrorDetail = Error(random), Node = NodeOf(random), VersionInfo = random.Next(3) == 0 ? Odd.Text(random).ToWellFormed() : "" };
        request.ResourceNames.Add(Some(random));
        return request;
    }

    private static string TypeUrl(Random random) => random.Next(20) switch
    {
        0 => "",
        1 => Odd.Text(random).ToWellFormed(),
        _ => ResourceTypes.All[random.Next(ResourceTypes.All.Length)].TypeUrl(),
    };

    private static string Nonce(Random random, List<string> nonces) => random.Next(10) switch
    {
        0 => Odd.Text(random).ToWellFormed(),
        < 4 => nonces[random.Next(nonces.Count)],
        < 8 => nonces[^1],
        _ => "",
    };

    private static Status? Error(Random random) => random.Next(5) == 0 ? new Status { Code = random.Next(20), Message = Odd.Text(random).ToWellFormed() + Names[random.Next(Names.Length)] } : null;

    private static Node? NodeOf(Random random) => random.Next(20) == 0 ? null : new Node { Id = random.Next(20) == 0 ? "" : "gw", UserAgentName = random.Next(10) == 0 ? "gRPC Go" : "envoy" };

    private static List<string> Some(Random random) =>
        [.. Enumerable.Range(0, random.Next(4)).Select(_ => random.Next(10) switch { 0 => "*", 1 => Odd.Text(random).ToWellFormed(), _ => Names[random.Next(Names.Length)] }).Distinct()];

    private static void Change(Random random, ResourceStore store, int times)
    {
        for (var i = 0; i < times; i++)
        {
            var resource = EncodedResource.Of(Resource(random));
            if (random.Next(4) == 0)
            {
                store.Remove(new(resource.Type, resource.Name));
            }
            else
            {
                store.Set(resource);
            }
        }
    }

    private static IMessage Resource(Random random)
    {
        var name = Names[random.Next(Names.Length)];
        var other = Names[random.Next(Names.Length)];
        return random.Next(6) switch
        {
            0 => new Cluster { Name = name, Type = random.Next(2) == 0 ? Cluster.Types.DiscoveryType.Eds : Cluster.Types.DiscoveryType.StrictDns, AltStatName = $"{random.Next(3)}" },
            1 => new ClusterLoadAssignment { ClusterName = name, Endpoints = { new LocalityLbEndpoints { Priority = (uint)random.Next(3) } } },
            2 => new Secret { Name = name, TlsCertificate = new TlsCertificate { CertificateChain = new() { InlineString = $"{random.Next(3)}" } } },
            3 => new Listener { Name = name, StatPrefix = $"{random.Next(3)}" },
            4 => new ScopedRouteConfiguration { Name = name, RouteConfigurationName = other, Key = new() { Fragments = { new ScopedRouteConfiguration.Types.Key.Types.Fragment { StringKey = name } } } },
            _ => new RouteConfiguration { Name = name, VirtualHosts = { new VirtualHost { Name = other, Domains = { name }, Routes = { new Route { Route_ = new RouteAction { Cluster = other } } } } } },
        };
    }

    private void Count(string what) => _reached.AddOrUpdate(what, 1, (_, count) => count + 1);
}
