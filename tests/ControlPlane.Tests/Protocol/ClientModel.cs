using Knative.Xds.ControlPlane.Protocol;
using Knative.Xds.ControlPlane.Resources;
using Knative.Xds.ControlPlane.Tests.Resources;

namespace Knative.Xds.ControlPlane.Tests.Protocol;

/// <summary>A client as the protocol describes it, beside a store and the machine between them. Content 4 is bad: the client refuses every response that holds it.</summary>
internal abstract class ClientModel
{
    private const uint Bad = 4;

    protected static readonly StreamPolicy Policy = new() { HoldTicks = 2, AnswerTicks = 3, ClusterAnswerTicks = 1 };

    private readonly HashSet<string> _badVersions = [];
    private readonly Dictionary<string, EncodedResource> _byVersion = [];
    private readonly Dictionary<ResourceType, HashSet<string>> _names = ResourceTypes.All.ToDictionary(type => type, _ => new HashSet<string>());
    private readonly Dictionary<ResourceType, Dictionary<string, string>> _held = ResourceTypes.All.ToDictionary(type => type, _ => new Dictionary<string, string>());
    private readonly HashSet<ResourceType> _wild = [.. ResourceTypes.All.Where(type => type.IsCollection())];
    private readonly HashSet<ResourceId> _mayRepeat = [];
    private ResourceStore _store = new(logCapacity: 8);
    private ResourceSnapshot _former;
    private bool _keepsPromises = true;

    protected ClientModel() => _former = _store.Current;

    public enum Action
    {
        Set,
        SetAndPublish,
        Remove,
        RemoveAndPublish,
        Publish,
        Answer,
        Subscribe,
        Unsubscribe,
        SubscribeToAll,
        UnsubscribeFromAll,
        Reconnect,
        MoveToAnotherReplica,
        MoveToALaggingReplica,
        AnswerAgain,
        Tick,
    }

    protected ResourceSnapshot Current => _store.Current;

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
            case Action.RemoveAndPublish:
                _store.Remove(new(step.Type, step.Name));
                Publish();
                break;
            case Action.Publish:
                Publish();
                break;
            case Action.Answer:
                AnswerNext();
                break;
            case Action.Subscribe:
                Subscribe(step.Type, step.Name);
                break;
            case Action.Unsubscribe:
                Unsubscribe(step.Type, step.Name);
                break;
            case Action.SubscribeToAll:
                SubscribeToAll(step.Type);
                break;
            case Action.UnsubscribeFromAll:
                UnsubscribeFromAll(step.Type);
                break;
            case Action.Reconnect:
                Connect();
                break;
            case Action.MoveToAnotherReplica:
                _store = CopyOf(_store.Current);
                Connect();
                break;
            case Action.MoveToALaggingReplica:
                // It has yet to see what was published last, and knows no history.
                _store = CopyOf(_former);
                Connect();
                break;
            case Action.AnswerAgain:
                AnswerAgain();
                break;
            case Action.Tick:
                _keepsPromises = false;
                Tick();
                break;
        }
    }

    /// <summary>Lets everything in flight arrive; what waits is released when nothing else moves.</summary>
    public void Settle()
    {
        Publish();
        _keepsPromises = false;
        for (var round = 0; round < 40; round++)
        {
            for (var answers = 0; HasMail; answers++)
            {
                Assert.True(answers < 1_000, "the exchange must come to rest");
                AnswerNext();
            }

            Tick();
        }

        Assert.False(HasMail);
    }

    public void AssertInSync()
    {
        foreach (var type in ResourceTypes.All)
        {
            var wanted = _store.Current[type].Resources.Where(resource => Covers(type, resource.Name)).ToDictionary(resource => resource.Name);
            Assert.DoesNotContain(_held[type].Keys, name => !wanted.ContainsKey(name) && !MayOutlive(type, name) && !IsKeptForRefusedRoutes(type) && !IsWarmingForRefusedRoutes(type, name));
            foreach (var (name, resource) in wanted)
            {
                var version = _held[type].GetValueOrDefault(name);
                Assert.False(version is not null && _badVersions.Contains(version));
                Assert.True(version == resource.Version || IsBlocked(resource), $"{resource} but the client holds {version}");
            }
        }
    }

    protected abstract bool HasMail { get; }

    protected abstract bool HasAsked(ResourceType type);

    /// <summary>Sends the first requests of a new stream.</summary>
    protected abstract void Open();

    protected abstract void AnswerNext();

    /// <summary>Sends an answer that was sent before: late, as the server has gone on since.</summary>
    protected abstract void AnswerAgain();

    protected abstract void Push();

    protected abstract void Tick();

    /// <summary>Tells the server of a changed subscription.</summary>
    protected abstract void Tell(ResourceType type, IEnumerable<string> gained, IEnumerable<string> lost);

    /// <summary>Whether a client may hold a resource that is gone, as the variant cannot tell it.</summary>
    protected abstract bool MayOutlive(ResourceType type, string name);

    /// <summary>Whether the variant can keep the promises between resources on a new stream.</summary>
    protected abstract bool KeepsPromisesOnReconnect { get; }

    protected bool IsWild(ResourceType type) => _wild.Contains(type);

    protected IReadOnlySet<string> Names(ResourceType type) => _names[type];

    protected IReadOnlyDictionary<string, string> Held(ResourceType type) => _held[type];

    protected bool Covers(ResourceType type, string name) => IsWild(type) || _names[type].Contains(name);

    protected bool IsBad(string version) => _badVersions.Contains(version);

    protected bool MayRepeat(ResourceType type, string name) => _mayRepeat.Contains(new(type, name));

    protected void AllowRepetition(ResourceType type, IEnumerable<string> names) => _mayRepeat.UnionWith(names.Select(name => new ResourceId(type, name)));

    /// <summary>Clusters are sent: Envoy, which warms them, needs the assignment of each again, once.</summary>
    protected void AllowAssignmentsOf(IEnumerable<string> clusterVersions) => AllowRepetition(ResourceType.ClusterLoadAssignment, clusterVersions.SelectMany(version => _byVersion[version].References));

    /// <summary>These were sent: the next time they must have changed.</summary>
    protected void ForbidRepetition(ResourceType type, IEnumerable<string> names) => _mayRepeat.ExceptWith(names.Select(name => new ResourceId(type, name)));

    /// <summary>The client takes resources, and loses others.</summary>
    protected void Take(ResourceType type, IEnumerable<(string Name, string Version)> resources, IEnumerable<string> removed)
    {
        foreach (var name in removed)
        {
            AssertNothingBreaks(type, name);
            _held[type].Remove(name);
        }

        foreach (var (name, version) in resources.Where(resource => Covers(type, resource.Name)))
        {
            _held[type][name] = version;
        }
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

        _byVersion[resource.Version] = resource;
        _store.Set(resource);
    }

    private void Publish()
    {
        _former = _store.Current;
        _store.Publish();
        Push();
    }

    private void Connect()
    {
        _mayRepeat.Clear();
        _keepsPromises &= KeepsPromisesOnReconnect;
        Open();
    }

    private void Subscribe(ResourceType type, string name)
    {
        if (_names[type].Add(name))
        {
            AllowRepetition(type, [name]);
            Tell(type, [name], []);
        }
    }

    private void Unsubscribe(ResourceType type, string name)
    {
        if (!_names[type].Remove(name))
        {
            return;
        }

        // Under a wildcard the server tells again what it means for the name.
        AllowRepetition(type, [name]);
        DropUncovered(type);
        Tell(type, [], [name]);
    }

    private void SubscribeToAll(ResourceType type)
    {
        if (type.IsCollection() && _wild.Add(type))
        {
            AllowRepetition(type, _byVersion.Values.Where(resource => resource.Type == type).Select(resource => resource.Name));
            Tell(type, ["*"], []);
        }
    }

    private void UnsubscribeFromAll(ResourceType type)
    {
        if (CanUnsubscribeFromAll(type) && _wild.Remove(type))
        {
            DropUncovered(type);
            Tell(type, [], ["*"]);
        }
    }

    protected virtual bool CanUnsubscribeFromAll(ResourceType type) => true;

    private void DropUncovered(ResourceType type)
    {
        foreach (var name in _held[type].Keys.Where(name => !Covers(type, name)).ToList())
        {
            _held[type].Remove(name);
            // What the client drops on its own may leave others without it.
            _keepsPromises = false;
        }
    }

    private bool IsBlocked(EncodedResource resource) =>
        _badVersions.Contains(resource.Version) || Referred(resource).Any(IsBlocked);

    /// <summary>Clusters and their endpoints stay while the client keeps routes whose newest version it refuses: on a new stream nobody knows which of them those use.</summary>
    private bool IsKeptForRefusedRoutes(ResourceType type) => type is ResourceType.Cluster or ResourceType.ClusterLoadAssignment &&
        _held[ResourceType.RouteConfiguration].Keys.Any(name => _store.Current[ResourceType.RouteConfiguration].Find(name) is { } wanted && _badVersions.Contains(wanted.Version));

    /// <summary>A warming scope stays while a scope waits for routes that the client refuses: by it alone the client goes on asking for them.</summary>
    private bool IsWarmingForRefusedRoutes(ResourceType type, string name) => type == ResourceType.ScopedRouteConfiguration &&
        _store.Current[type].Resources.Any(scope => _held[type].TryGetValue(scope.Name, out var held) && held != scope.Version && IsBlocked(scope) && scope.References.Any(routes => name == $"~warm/{routes}"));

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

    /// <summary>Break after make: nothing goes that something held still refers to.</summary>
    private void AssertNothingBreaks(ResourceType type, string name)
    {
        ResourceType? referring = type switch
        {
            ResourceType.Cluster => ResourceType.RouteConfiguration,
            ResourceType.ClusterLoadAssignment => ResourceType.Cluster,
            ResourceType.RouteConfiguration => ResourceType.ScopedRouteConfiguration,
            _ => null,
        };
        if (_keepsPromises && referring is { } above && _held[type].ContainsKey(name))
        {
            Assert.DoesNotContain(_held[above].Values, version => _byVersion.TryGetValue(version, out var resource) && resource.References.Contains(name));
        }
    }

    /// <summary>Make before break: when it is sent, a scope that the client holds is pointed only at routes that it holds too, if there are any.</summary>
    protected void AssertTargetsAreThere(ResourceType type, IEnumerable<(string Name, string Version)> resources)
    {
        foreach (var (name, version) in type == ResourceType.ScopedRouteConfiguration && _keepsPromises && HasAsked(ResourceType.RouteConfiguration) ? resources : [])
        {
            if (_held[type].TryGetValue(name, out var old) && _byVersion.TryGetValue(old, out var before) && _byVersion.TryGetValue(version, out var next))
            {
                var missing = next.References.Except(before.References).Where(target => Current[ResourceType.RouteConfiguration].Find(target) is not null && !_held[ResourceType.RouteConfiguration].ContainsKey(target));
                Assert.Empty(missing);
            }
        }
    }

    private static ResourceStore CopyOf(ResourceSnapshot snapshot)
    {
        var store = new ResourceStore(logCapacity: 8);
        foreach (var resource in ResourceTypes.All.SelectMany(type => snapshot[type].Resources))
        {
            store.Set(resource);
        }

        store.Publish();
        return store;
    }

    public sealed record Step(Action Action, ResourceType Type, string Name, uint Content, string Target);
}
