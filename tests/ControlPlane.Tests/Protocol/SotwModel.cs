using Envoy.Config.Cluster.V3;
using Envoy.Config.Endpoint.V3;
using Envoy.Config.Listener.V3;
using Envoy.Config.Route.V3;
using Envoy.Extensions.TransportSockets.Tls.V3;
using Envoy.Service.Discovery.V3;
using Google.Protobuf;
using Knative.Xds.ControlPlane.Protocol;
using Knative.Xds.ControlPlane.Resources;

namespace Knative.Xds.ControlPlane.Tests.Protocol;

/// <summary>A client of the state-of-the-world variant.</summary>
internal sealed class SotwModel : ClientModel
{
    private readonly Dictionary<ResourceType, (string Version, string Nonce)> _read = [];
    private readonly HashSet<ResourceType> _asked = [];
    private readonly HashSet<ResourceType> _named = [];
    private readonly HashSet<ResourceType> _owed = [];
    private bool _tookClusters;
    private Queue<(ResourceType Type, DiscoveryResponse Response)> _inbox = new();
    private SotwMachine _machine;
    private DiscoveryRequest? _last;
    private readonly Dictionary<ResourceType, DiscoveryRequest> _before = [];

    public SotwModel()
    {
        _machine = new(Policy, Current);
        Open();
    }

    protected override bool HasMail => _inbox.Count > 0;

    // The server cannot know what the client holds, so it cannot keep what is gone by now.
    protected override bool KeepsPromisesOnReconnect => false;

    protected override bool HasAsked(ResourceType type) => _asked.Contains(type);

    protected override void Open()
    {
        _inbox = new();
        _last = null;
        _before.Clear();
        _asked.Clear();
        _named.Clear();
        _owed.Clear();
        _tookClusters = false;
        _machine = new(Policy, Current);
        foreach (var type in ResourceTypes.All)
        {
            _read[type] = (_read.GetValueOrDefault(type).Version ?? "", "");
            if (IsWild(type) || Names(type).Count > 0)
            {
                AllowRepetition(type, Names(type));
                Request(type, null);
            }
        }
    }

    protected override void AnswerNext()
    {
        if (!_inbox.TryDequeue(out var item))
        {
            return;
        }

        var (type, response) = item;
        var resources = response.Resources.Select(resource => Decode(type, resource.Value)).ToList();
        var isBad = resources.Exists(resource => IsBad(resource.Version));
        _read[type] = (isBad ? _read[type].Version : response.VersionInfo, response.Nonce);
        if (isBad)
        {
            AllowRepetition(type, resources.Select(resource => resource.Name));
            _owed.Add(type);
        }
        else
        {
            var gone = type.IsCollection() ? Held(type).Keys.Except(resources.Select(resource => resource.Name)).ToList() : [];
            Take(type, resources, gone);
            _tookClusters |= type == ResourceType.Cluster;
        }

        // As Envoy does: without the names, nobody could tell which of a whole set is at fault without taking others away.
        Request(type, isBad ? string.Join(", ", resources.Where(resource => IsBad(resource.Version)).Select(resource => resource.Name)) : null);
    }

    protected override void AnswerAgain()
    {
        if (_last is { } answer)
        {
            Receive(_machine.OnRequest(answer.Clone()));
        }
    }

    protected override void Push() => Receive(_machine.OnSnapshot(Current));

    protected override void Tick() => Receive(_machine.OnTick());

    protected override void Tell(ResourceType type, IEnumerable<string> gained, IEnumerable<string> lost)
    {
        _owed.Add(type);
        if (_asked.Contains(type) || gained.Any())
        {
            Request(type, null);
        }
    }

    // Until a name was sent, the empty list means everything: there is no way to say "nothing".
    protected override bool CanUnsubscribeFromAll(ResourceType type) => _named.Contains(type) || Names(type).Count > 0;

    // Of a set that is bad throughout there is no better one: not even the empty set, which would take all that the client has.
    protected override bool MayOutlive(ResourceType type, string name) =>
        !type.IsCollection() || Current[type].Resources.Where(resource => Covers(type, resource.Name)).All(resource => IsBad(resource.Version));

    private void Request(ResourceType type, string? error)
    {
        var isLegacy = IsWild(type) && Names(type).Count == 0 && !_named.Contains(type);
        string[] names = isLegacy ? [] : IsWild(type) ? [.. Names(type), "*"] : [.. Names(type)];
        var request = new DiscoveryRequest { TypeUrl = type.TypeUrl(), ResourceNames = { names }, VersionInfo = _read[type].Version, ResponseNonce = _read[type].Nonce };
        if (names.Length > 0)
        {
            _named.Add(type);
        }

        if (_asked.Add(type))
        {
            request.Node = new() { Id = "model" };
            _owed.Add(type);
        }

        if (error is not null)
        {
            request.ErrorDetail = new() { Message = error };
        }

        // Late: a response of its type has been read and answered since. Requests on one response cannot overtake each other, and the last one counts.
        _last = _before.GetValueOrDefault(type) is { } before && before.ResponseNonce != request.ResponseNonce ? before : null;
        _before[type] = request.Clone();
        Receive(_machine.OnRequest(request));
    }

    private void Receive(IEnumerable<StreamEffect> effects)
    {
        foreach (var send in effects.OfType<StreamEffect.Send>())
        {
            var response = (DiscoveryResponse)send.Response;
            AssertLegal(send.Type, response);
            _inbox.Enqueue((send.Type, response));
        }
    }

    private void AssertLegal(ResourceType type, DiscoveryResponse response)
    {
        var resources = response.Resources.Select(resource => Decode(type, resource.Value)).ToList();
        Assert.All(response.Resources, resource => Assert.Equal(response.TypeUrl, resource.TypeUrl));
        Assert.Equal(resources.Count, resources.DistinctBy(resource => resource.Name).Count());
        var isPending = _inbox.Any(item => item.Type == type);
        if (type.IsCollection())
        {
            // The whole set is sent again only if it differs, or when it is owed.
            var isHeld = Held(type).Count == resources.Count && resources.TrueForAll(resource => Held(type).GetValueOrDefault(resource.Name) == resource.Version);
            Assert.True(!isHeld || isPending || _owed.Remove(type), $"the set of {type} is held already");
        }
        else
        {
            Assert.NotEmpty(resources);
            var repeated = resources.Where(resource => Told(type, resource.Name) == resource.Version && !MayRepeat(type, resource.Name));
            Assert.True(!repeated.Any(), $"{string.Join(',', repeated)} of {type} is held already");
            ForbidRepetition(type, resources.Select(resource => resource.Name));
        }

        AllowAssignmentsOf(type == ResourceType.Cluster ? resources.Where(IsSentAgain).Select(cluster => cluster.Version) : []);
        AssertTargetsAreThere(type, resources);
    }

    /// <summary>Whether a cluster of a set differs from the one sent last. The server does not know what the client holds from a former stream, and repeats what was refused along with others.</summary>
    private bool IsSentAgain((string Name, string Version) cluster) =>
        !_tookClusters || MayRepeat(ResourceType.Cluster, cluster.Name) || Told(ResourceType.Cluster, cluster.Name) != cluster.Version;

    /// <summary>The version that the client was sent last, be it that it has yet to read it. A collection is sent whole, and what is not in it is gone.</summary>
    private string? Told(ResourceType type, string name)
    {
        var pending = _inbox.Where(item => item.Type == type).Select(item => item.Response.Resources.Select(resource => Decode(type, resource.Value)).ToList());
        var newest = pending.LastOrDefault(resources => type.IsCollection() || resources.Exists(resource => resource.Name == name));
        return newest is null ? Held(type).GetValueOrDefault(name) : newest.Find(resource => resource.Name == name).Version;
    }

    private static (string Name, string Version) Decode(ResourceType type, ByteString bytes)
    {
        IMessage message = type switch
        {
            ResourceType.Cluster => Cluster.Parser.ParseFrom(bytes),
            ResourceType.ClusterLoadAssignment => ClusterLoadAssignment.Parser.ParseFrom(bytes),
            ResourceType.Secret => Secret.Parser.ParseFrom(bytes),
            ResourceType.Listener => Listener.Parser.ParseFrom(bytes),
            ResourceType.ScopedRouteConfiguration => ScopedRouteConfiguration.Parser.ParseFrom(bytes),
            _ => RouteConfiguration.Parser.ParseFrom(bytes),
        };
        var resource = EncodedResource.Of(message);
        return (resource.Name, resource.Version);
    }
}
