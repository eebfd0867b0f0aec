using Envoy.Config.Cluster.V3;
using Envoy.Config.Core.V3;
using Envoy.Config.Endpoint.V3;
using Envoy.Config.Route.V3;
using Envoy.Service.Discovery.V3;
using Google.Protobuf;
using Knative.Xds.ControlPlane.Protocol;
using Knative.Xds.ControlPlane.Resources;
using Knative.Xds.XdsServer.Streams;

namespace Knative.Xds.XdsServer.Tests.Pipeline;

/// <summary>A gateway and its stream, as Envoy is one: it asks for endpoints of the clusters that it has and for routes of the scopes that it has, and answers for clusters when all
/// of them have their endpoints. What both sides say is on its way until it is delivered.</summary>
internal sealed class ModelGateway
{
    private static readonly StreamPolicy Policy = new() { HoldTicks = 3, AnswerTicks = 4, ClusterAnswerTicks = 2 };
    private static readonly ResourceType[] Types = [ResourceType.Cluster, ResourceType.ClusterLoadAssignment, ResourceType.ScopedRouteConfiguration, ResourceType.RouteConfiguration];

    private readonly StreamMachine<DeltaDiscoveryRequest>? _delta;
    private readonly StreamMachine<DiscoveryRequest>? _sotw;
    private readonly StreamRegistry _registry;
    private readonly Queue<(ResourceType Type, IMessage Response)> _inbox = new();
    private readonly Queue<IMessage> _outbox = new();
    private readonly Dictionary<ResourceType, Dictionary<string, EncodedResource>> _held = Types.ToDictionary(type => type, _ => new Dictionary<string, EncodedResource>());
    private readonly Dictionary<ResourceType, HashSet<string>> _names = Types.ToDictionary(type => type, _ => new HashSet<string>());
    private readonly Dictionary<ResourceType, (string Version, string Nonce)> _read = [];
    private readonly HashSet<ResourceType> _asked = [];
    private readonly HashSet<string> _warming = [];
    private readonly long _stream;
    private (string Version, string Nonce)? _unanswered;
    private bool _isBehind;

    public ModelGateway(StreamRegistry registry, bool isDelta)
    {
        _registry = registry;
        _stream = registry.Open(() => _isBehind = true);
        if (isDelta)
        {
            _delta = new DeltaMachine(Policy, registry.Snapshot!);
        }
        else
        {
            _sotw = new SotwMachine(Policy, registry.Snapshot!);
        }

        Ask(ResourceType.Cluster);
    }

    /// <summary>Nothing is on its way.</summary>
    public bool IsQuiet => _inbox.Count == 0 && _outbox.Count == 0 && !_isBehind;

    /// <summary>What it has: type, name and version.</summary>
    public IEnumerable<string> Held => _held.SelectMany(type => type.Value.Values).Select(Describe).Order(StringComparer.Ordinal);

    public static string Describe(EncodedResource resource) => $"{resource.Type} {resource.Name} {resource.Version}";

    /// <summary>The stream takes the newest resources.</summary>
    public void Push()
    {
        if (_isBehind)
        {
            _isBehind = false;
            Carry(_delta?.OnSnapshot(_registry.Snapshot!) ?? _sotw!.OnSnapshot(_registry.Snapshot!));
        }
    }

    public void Tick() => Carry(_delta?.OnTick() ?? _sotw!.OnTick());

    /// <summary>The stream takes the gateway's oldest request.</summary>
    public void Listen()
    {
        if (_outbox.TryDequeue(out var request))
        {
            Carry(request is DeltaDiscoveryRequest delta ? _delta!.OnRequest(delta) : _sotw!.OnRequest((DiscoveryRequest)request));
        }
    }

    /// <summary>The gateway takes the stream's oldest response.</summary>
    public void Read()
    {
        if (!_inbox.TryDequeue(out var item))
        {
            return;
        }

        var (type, response) = item;
        if (response is DeltaDiscoveryResponse delta)
        {
            Take(type, [.. delta.Resources.Select(resource => Decode(type, resource.Resource_.Value))], [.. delta.RemovedResources], (delta.SystemVersionInfo, delta.Nonce));
        }
        else
        {
            var whole = (DiscoveryResponse)response;
            List<EncodedResource> resources = [.. whole.Resources.Select(resource => Decode(type, resource.Value))];
            Take(type, resources, type.IsCollection() ? [.. _held[type].Keys.Except(resources.Select(resource => resource.Name))] : [], (whole.VersionInfo, whole.Nonce));
        }
    }

    /// <summary>Endpoints that have not come by now are not waited for any longer.</summary>
    public void StopWaiting()
    {
        _warming.Clear();
        AnswerClusters();
    }

    public void Leave() => _registry.Close(_stream, _delta?.Held ?? _sotw!.Held);

    private void Take(ResourceType type, List<EncodedResource> resources, List<string> removed, (string Version, string Nonce) response)
    {
        var changed = resources.Where(resource => _held[type].GetValueOrDefault(resource.Name)?.Version != resource.Version).ToList();
        foreach (var resource in changed)
        {
            _held[type][resource.Name] = resource;
        }

        removed.ForEach(name => _held[type].Remove(name));
        switch (type)
        {
            case ResourceType.Cluster:
                _warming.UnionWith(changed.SelectMany(cluster => cluster.References));
                _warming.ExceptWith(removed);
                _unanswered = response;
                Want(ResourceType.ClusterLoadAssignment, _held[type].Values.SelectMany(cluster => cluster.References));
                AnswerClusters();
                return;
            case ResourceType.ClusterLoadAssignment:
                _warming.ExceptWith(resources.Select(assignment => assignment.Name).Concat(removed));
                Answer(type, response);
                AnswerClusters();
                return;
            case ResourceType.ScopedRouteConfiguration:
                Answer(type, response);
                Want(ResourceType.RouteConfiguration, _held[type].Values.SelectMany(scope => scope.References));
                return;
            default:
                Answer(type, response);
                return;
        }
    }

    private void AnswerClusters()
    {
        if (_unanswered is { } response && _warming.Count == 0)
        {
            _unanswered = null;
            Answer(ResourceType.Cluster, response);
            // Listeners, and what they ask for, come when the clusters are there.
            if (!_asked.Contains(ResourceType.ScopedRouteConfiguration))
            {
                Ask(ResourceType.ScopedRouteConfiguration);
            }
        }
    }

    private void Ask(ResourceType type) => Send(type, [], [], "");

    private void Want(ResourceType type, IEnumerable<string> names)
    {
        var wanted = names.ToHashSet();
        var (gained, lost) = (wanted.Except(_names[type]).ToList(), _names[type].Except(wanted).ToList());
        _names[type] = wanted;
        lost.ForEach(name => _held[type].Remove(name));
        if ((gained.Count > 0 || lost.Count > 0) && (_asked.Contains(type) || gained.Count > 0))
        {
            Send(type, gained, lost, "");
        }
    }

    private void Answer(ResourceType type, (string Version, string Nonce) response)
    {
        _read[type] = response;
        Send(type, [], [], response.Nonce);
    }

    private void Send(ResourceType type, List<string> gained, List<string> lost, string answered)
    {
        var node = _asked.Add(type) ? new Node { Id = "model" } : null;
        var (version, nonce) = _read.GetValueOrDefault(type, ("", ""));
        _outbox.Enqueue(_delta is not null
            ? new DeltaDiscoveryRequest { TypeUrl = type.TypeUrl(), Node = node, ResourceNamesSubscribe = { gained }, ResourceNamesUnsubscribe = { lost }, ResponseNonce = answered }
            : new DiscoveryRequest { TypeUrl = type.TypeUrl(), Node = node, ResourceNames = { _names[type] }, VersionInfo = version, ResponseNonce = nonce });
    }

    private void Carry(IEnumerable<StreamEffect> effects)
    {
        foreach (var effect in effects)
        {
            switch (effect)
            {
                case StreamEffect.Send send:
                    _inbox.Enqueue((send.Type, send.Response));
                    break;
                case StreamEffect.Subscribed subscribed:
                    _registry.Report(new StreamEvent.Subscribed(_stream, subscribed.Type));
                    break;
                case StreamEffect.Acked acked:
                    _registry.Report(new StreamEvent.Acked(_stream, acked.Type, acked.Resources, acked.IsAnswer));
                    break;
                case StreamEffect.Nacked or StreamEffect.End or StreamEffect.UnknownType:
                    Assert.Fail($"{effect}");
                    break;
            }
        }
    }

    private static EncodedResource Decode(ResourceType type, ByteString bytes) => EncodedResource.Of(type switch
    {
        ResourceType.Cluster => Cluster.Parser.ParseFrom(bytes),
        ResourceType.ClusterLoadAssignment => ClusterLoadAssignment.Parser.ParseFrom(bytes),
        ResourceType.ScopedRouteConfiguration => ScopedRouteConfiguration.Parser.ParseFrom(bytes),
        _ => (IMessage)RouteConfiguration.Parser.ParseFrom(bytes),
    });
}
