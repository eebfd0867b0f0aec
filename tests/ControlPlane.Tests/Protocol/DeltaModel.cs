using Envoy.Service.Discovery.V3;
using Knative.Xds.ControlPlane.Protocol;
using Knative.Xds.ControlPlane.Resources;
using Knative.Xds.ControlPlane.Tests.Resources;

namespace Knative.Xds.ControlPlane.Tests.Protocol;

/// <summary>A client as the protocol describes it, beside a store and the machine between them. Content 4 is bad: the client refuses every response that holds it.</summary>
internal sealed class DeltaModel
{
    private const uint Bad = 4;

    private readonly ResourceStore _store = new(logCapacity: 8);
    private readonly HashSet<string> _badVersions = [];
    private readonly Dictionary<ResourceType, HashSet<string>> _names = ResourceTypes.All.ToDictionary(type => type, _ => new HashSet<string>());
    private readonly Dictionary<ResourceType, Dictionary<string, string>> _held = ResourceTypes.All.ToDictionary(type => type, _ => new Dictionary<string, string>());
    private readonly HashSet<ResourceId> _mayRepeat = [];
    private readonly HashSet<ResourceType> _asked = [];
    private Queue<(ResourceType Type, DeltaDiscoveryResponse Response)> _inbox = new();
    private DeltaMachine _machine;

    public DeltaModel()
    {
        _machine = new(StreamPolicy.Default, _store.Current);
        Connect();
    }

    public enum Action
    {
        Set,
        SetAndPublish,
        Remove,
        Publish,
        Answer,
        Subscribe,
        Unsubscribe,
        Reconnect,
        Release,
    }

    public void Apply(Step step)
    {
        switch (step.Action)
        {
            case Action.Set:
                Set(step);
                break;
            case Action.SetAndPublish:
                Set(step);
                Publish();
                break;
            case Action.Remove:
                _store.Remove(new(step.Type, step.Name));
                break;
            case Action.Publish:
                Publish();
                break;
            case Action.Answer:
                Answer();
                break;
            case Action.Subscribe:
                Subscribe(step.Type, step.Name);
                break;
            case Action.Unsubscribe:
                Unsubscribe(step.Type, step.Name);
                break;
            case Action.Reconnect:
                Connect();
                break;
            case Action.Release:
                Take(_machine.ReleaseHolds());
                break;
        }
    }

    /// <summary>Lets everything in flight arrive; what waits is released when nothing else moves.</summary>
    public void Settle()
    {
        Publish();
        for (var round = 0; round < 20; round++)
        {
            for (var answers = 0; _inbox.Count > 0; answers++)
            {
                Assert.True(answers < 1_000, "the exchange must come to rest");
                Answer();
            }

            Take(_machine.ReleaseHolds());
        }
    }

    public void AssertInSync()
    {
        foreach (var type in ResourceTypes.All)
        {
            var wanted = _store.Current[type].Resources.Where(resource => Covers(type, resource.Name)).ToDictionary(resource => resource.Name);
            var strange = _held[type].Keys.Where(name => !wanted.ContainsKey(name));
            Assert.Empty(strange);
            foreach (var (name, resource) in wanted)
            {
                var version = _held[type].GetValueOrDefault(name);
                Assert.False(version is not null && _badVersions.Contains(version));
                Assert.True(version == resource.Version || IsBlocked(resource), $"{resource} but the client holds {version}");
            }
        }
    }

    private bool IsBlocked(EncodedResource resource) =>
        _badVersions.Contains(resource.Version) || Referred(resource).Any(IsBlocked);

    private IEnumerable<EncodedResource> Referred(EncodedResource resource)
    {
        ResourceType? target = resource.Type switch
        {
            ResourceType.RouteConfiguration => ResourceType.Cluster,
            ResourceType.ScopedRouteConfiguration => ResourceType.RouteConfiguration,
            _ => null,
        };
        return target is { } type ? resource.References.Select(_store.Current[type].Find).OfType<EncodedResource>() : [];
    }

    private void Set(Step step)
    {
        var resource = step.Type switch
        {
            ResourceType.Cluster => Sample.Cluster(step.Name, step.Content),
            ResourceType.ClusterLoadAssignment => Sample.Assignment(step.Name, step.Content),
            ResourceType.Secret => Sample.Secret(step.Name, step.Content == Bad ? "bad" : $"{step.Content}"),
            ResourceType.Listener => Sample.Listener(step.Name, step.Content),
            ResourceType.ScopedRouteConfiguration => Sample.Scope(step.Name, step.Content == Bad ? "bad" : step.Target),
            _ => Sample.Routes(step.Name, step.Content == Bad ? "bad" : step.Target, $"c{step.Content}"),
        };
        if (step.Content == Bad)
        {
            _badVersions.Add(resource.Version);
        }

        _store.Set(resource);
    }

    private void Publish() => Take(_machine.OnSnapshot(_store.Publish()));

    private void Answer()
    {
        if (!_inbox.TryDequeue(out var item))
        {
            return;
        }

        var (type, response) = item;
        var request = new DeltaDiscoveryRequest { TypeUrl = response.TypeUrl, ResponseNonce = response.Nonce };
        if (response.Resources.Any(resource => _badVersions.Contains(resource.Version)))
        {
            request.ErrorDetail = new() { Message = "bad" };
            // Offered again in halves, whatever the client had before.
            _mayRepeat.UnionWith(response.Resources.Select(resource => new ResourceId(type, resource.Name)));
        }
        else
        {
            Hold(type, response);
        }

        Take(_machine.OnRequest(request));
    }

    private void Hold(ResourceType type, DeltaDiscoveryResponse response)
    {
        foreach (var resource in response.Resources.Where(resource => Covers(type, resource.Name)))
        {
            _held[type][resource.Name] = resource.Version;
        }

        foreach (var name in response.RemovedResources)
        {
            _held[type].Remove(name);
        }
    }

    private bool Covers(ResourceType type, string name) => type.IsCollection() || _names[type].Contains(name);

    private void Subscribe(ResourceType type, string name)
    {
        if (!type.IsCollection() && _names[type].Add(name))
        {
            _mayRepeat.Add(new(type, name));
            Request(new() { TypeUrl = type.TypeUrl(), ResourceNamesSubscribe = { name } }, type);
        }
    }

    private void Unsubscribe(ResourceType type, string name)
    {
        if (!type.IsCollection() && _names[type].Remove(name))
        {
            _held[type].Remove(name);
            Request(new() { TypeUrl = type.TypeUrl(), ResourceNamesUnsubscribe = { name } }, type);
        }
    }

    private void Connect()
    {
        _inbox = new();
        _asked.Clear();
        _mayRepeat.Clear();
        _machine = new(StreamPolicy.Default, _store.Current);
        foreach (var type in ResourceTypes.All.Where(type => type.IsCollection() || _names[type].Count > 0))
        {
            Request(new() { TypeUrl = type.TypeUrl(), ResourceNamesSubscribe = { _names[type] } }, type);
        }
    }

    private void Request(DeltaDiscoveryRequest request, ResourceType type)
    {
        if (_asked.Add(type))
        {
            request.Node = new() { Id = "model" };
            request.InitialResourceVersions.Add(_held[type]);
        }

        Take(_machine.OnRequest(request));
    }

    private void Take(IEnumerable<StreamEffect> effects)
    {
        foreach (var send in effects.OfType<StreamEffect.Send>())
        {
            var response = (DeltaDiscoveryResponse)send.Response;
            AssertLegal(send.Type, response);
            _inbox.Enqueue((send.Type, response));
            Assert.True(_inbox.Count(item => item.Type == send.Type) == 1, "one response per type in flight");
        }
    }

    private void AssertLegal(ResourceType type, DeltaDiscoveryResponse response)
    {
        var names = response.Resources.Select(resource => resource.Name).Concat(response.RemovedResources).ToList();
        Assert.Equal(names.Distinct(), names);
        foreach (var resource in response.Resources)
        {
            Assert.True(Covers(type, resource.Name), $"{resource.Name} was not asked for");
            var repeated = _held[type].GetValueOrDefault(resource.Name) == resource.Version;
            // Assignments are repeated behind their clusters on purpose.
            Assert.True(!repeated || type == ResourceType.ClusterLoadAssignment || _mayRepeat.Contains(new(type, resource.Name)), $"{type} {resource.Name} is held already");
        }
    }

    public sealed record Step(Action Action, ResourceType Type, string Name, uint Content, string Target);
}
