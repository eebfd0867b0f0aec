using System.Collections.Immutable;
using Knative.Xds.ControlPlane.Resources;
using Knative.Xds.ControlPlane.Translation;
using Knative.Xds.Core.Model;

namespace Knative.Xds.XdsServer.Pipeline;

/// <summary>From dirty objects to resources: translates dirty ingresses alone, and leaves every other as it was.</summary>
/// <remarks>No clock, no I/O. Not thread-safe: the owner loop's.</remarks>
internal sealed class IngressPipeline
{
    private readonly Dictionary<ObjectKey, IngressEntry> _entries = [];
    private readonly HashSet<ObjectKey> _dirtyIngresses = [];
    private readonly HashSet<ObjectKey> _dirtyServices = [];
    private readonly HostClaims _claims = new();
    private readonly KeyIndex _byService = new();
    private readonly IClusterView _view;
    private readonly TranslationSettings _settings;
    private readonly EndpointTable _endpoints;

    public IngressPipeline(IClusterView view, TranslationSettings settings)
    {
        (_view, _settings) = (view, settings);
        _endpoints = new EndpointTable(view);
        Owners = new ResourceOwners(Store);
    }

    /// <summary>The resources.</summary>
    public ResourceStore Store { get; } = new();
    /// <summary>Which ingress uses which resource.</summary>
    public ResourceOwners Owners { get; }
    /// <summary>Ingresses by key.</summary>
    public IReadOnlyDictionary<ObjectKey, IngressEntry> Entries => _entries;
    /// <summary>Translations so far.</summary>
    public long Translations { get; private set; }

    /// <summary>Whether the last <see cref="Process"/> changed any resource.</summary>
    public bool HasNews { get; private set; }

    /// <summary>Takes what a translation throws: a fault of ours, that must not stop the others.</summary>
    public Action<ObjectKey, Exception> OnFault { get; init; } = (_, _) => { };

    /// <summary>An ingress has come, changed or gone.</summary>
    public void MarkIngress(ObjectKey ingress) => _dirtyIngresses.Add(ingress);

    /// <summary>A Service has come, changed or gone.</summary>
    public void MarkService(ObjectKey service)
    {
        _dirtyIngresses.UnionWith(_byService.Find(service));
        _dirtyServices.Add(service);
    }

    /// <summary>The endpoints of a Service have changed.</summary>
    public void MarkEndpoints(ObjectKey service) => _dirtyServices.Add(service);

    /// <summary>The endpoints of every Service may have changed.</summary>
    public void MarkAllEndpoints() => _dirtyServices.UnionWith(_endpoints.Services);

    /// <summary>Brings the resources up to date with all that is marked, and publishes them if they changed.</summary>
    /// <returns>Ingresses whose status may have changed.</returns>
    public IReadOnlySet<ObjectKey> Process()
    {
        var affected = new HashSet<ObjectKey>(_dirtyIngresses);
        foreach (var key in _dirtyIngresses)
        {
            affected.UnionWith(Guarded(key));
        }

        foreach (var assignment in _dirtyServices.SelectMany(_endpoints.Refresh))
        {
            if (Store.Find(new(assignment.Type, assignment.Name)) is not null)
            {
                Store.Set(assignment);
            }
        }

        foreach (var key in affected)
        {
            Assign(key);
        }

        _dirtyIngresses.Clear();
        _dirtyServices.Clear();
        var before = Store.Current;
        var after = Store.Publish();
        HasNews = ResourceTypes.All.Any(type => after[type].Sequence != before[type].Sequence);
        return affected;
    }

    private IReadOnlySet<ObjectKey> Guarded(ObjectKey key)
    {
        try
        {
            return Translate(key);
        }
        catch (Exception fault)
        {
            OnFault(key, fault);
            return ImmutableHashSet<ObjectKey>.Empty;
        }
    }

    private IReadOnlySet<ObjectKey> Translate(ObjectKey key)
    {
        var before = _entries.GetValueOrDefault(key);
        if (_view.FindIngress(key) is not { } reading)
        {
            _byService.Move(key, before?.Services ?? [], []);
            return _entries.Remove(key) ? _claims.Set(key, default, []) : ImmutableHashSet<ObjectKey>.Empty;
        }

        var after = Translate(reading, before);
        _byService.Move(key, before?.Services ?? [], after.Services);
        _entries[key] = after;
        return _claims.Set(key, reading.CreatedAt, [.. after.Scopes.Select(scope => scope.Name)]);
    }

    private IngressEntry Translate(IngressReading reading, IngressEntry? before)
    {
        if (reading.Value is not { } ingress)
        {
            return Bad(reading, reading.Problems, [], before);
        }

        Translations++;
        var result = IngressTranslator.Translate(ingress, _view, _settings);
        return result.IsGood ? Good(reading, ingress, result.Value) : Bad(reading, result.Problems, result.Value.Services, before);
    }

    private static IngressEntry Good(IngressReading reading, Ingress ingress, IngressResources resources) => new()
    {
        Generation = reading.Generation,
        Ingress = ingress,
        Services = resources.Services,
        Scopes = [.. resources.Scopes.Select(EncodedResource.Of)],
        Others = [.. resources.Clusters.Select(EncodedResource.Of), .. resources.Routes.Select(EncodedResource.Of)],
        Backends = resources.Backends,
    };

    private static IngressEntry Bad(IngressReading reading, ImmutableArray<Problem> problems, ImmutableArray<ObjectKey> services, IngressEntry? lastGood) => new()
    {
        Generation = reading.Generation,
        Ingress = lastGood?.Ingress,
        Problems = problems,
        Services = [.. services.Union(lastGood?.Services ?? [])],
        Scopes = lastGood?.Scopes ?? [],
        Others = lastGood?.Others ?? [],
        Backends = lastGood?.Backends ?? [],
    };

    /// <summary>Puts an ingress's resources into the store: its scopes only where no older ingress has the host.</summary>
    private void Assign(ObjectKey key)
    {
        var unused = Owners.OwnedBy(key).Where(id => id.Type == ResourceType.ClusterLoadAssignment).ToList();
        if (_entries.TryGetValue(key, out var entry))
        {
            var lost = entry.Scopes.Where(scope => _claims.OwnerOf(scope.Name) != key).ToList();
            _entries[key] = entry with { Conflicts = [.. lost.Select(scope => HostConflict.Of(entry.Ingress!, scope.Name, _claims.OwnerOf(scope.Name)!.Value)).DistinctBy(problem => problem.Field)] };
            Owners.Assign(key, [.. entry.Others, .. entry.Backends.Select(_endpoints.Of), .. entry.Scopes.Except(lost)]);
        }
        else
        {
            Owners.Release(key);
        }

        foreach (var id in unused.Where(id => Owners.OwnersOf(id).IsEmpty))
        {
            _endpoints.Forget(id.Name);
        }
    }
}
