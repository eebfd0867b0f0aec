using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using Knative.Xds.ControlPlane.Resources;
using Knative.Xds.ControlPlane.Translation;
using Knative.Xds.Core.Model;
using Knative.Xds.XdsServer.Fleets;

namespace Knative.Xds.XdsServer.Pipeline;

/// <summary>From dirty objects to resources: translates dirty ingresses alone, once each, and places the result in the fleets that serve them; every other is left as it was.</summary>
/// <remarks>No clock, no I/O. Not thread-safe: the owner loop's. The cost of a change does not depend on fleets that do not serve what changed.</remarks>
internal sealed class IngressPipeline
{
    private readonly Dictionary<ObjectKey, IngressEntry> _entries = [];
    private readonly Dictionary<ObjectKey, Placement> _placements = [];
    private readonly HashSet<ObjectKey> _dirtyIngresses = [];
    private readonly FormerStates _former;
    private readonly HashSet<ObjectKey> _dirtyServices = [];
    private readonly HashSet<Fleet> _touched = [];
    private readonly HashSet<ObjectKey> _misplaced = [];
    private readonly Troubles _troubles;
    private readonly KeyIndex _byService = new();
    private readonly KeyIndex _bySecret = new();
    private readonly KeyIndex _byAwaited = new();
    private readonly List<(ObjectKey Ingress, long Number)> _waits = [];
    private readonly IClusterView _view;
    private TranslationSettings _settings;
    private readonly EndpointTable _endpoints;
    private long _translations;
    private long _lastWait;

    public IngressPipeline(IClusterView view, TranslationSettings settings)
    {
        (_view, _settings) = (view, settings);
        _endpoints = new EndpointTable(view, (service, fault) => OnEndpointFault(service, fault));
        _troubles = new((key, problem) => OnProblem(key, problem));
        _former = new(view, (key, fault) => OnFault(key, fault));
    }

    /// <summary>Ingresses by key.</summary>
    public IReadOnlyDictionary<ObjectKey, IngressEntry> Entries => _entries;
    /// <summary>Ingresses that cannot be served as they are.</summary>
    public int Troubled => _troubles.Count;
    /// <summary>Former states that are served in place of ingresses that are bad.</summary>
    public KeptStates Kept { get; } = new();
    /// <summary>Ingresses that go from fleet to fleet.</summary>
    public FleetMoves Moves { get; } = new();
    /// <summary>Translations so far.</summary>
    public long Translations => _translations + _former.Translations;

    /// <summary>Fleets of which the last <see cref="Process"/> published new resources.</summary>
    public IReadOnlyCollection<Fleet> News { get; private set; } = [];

    /// <summary>Whether an ingress waits for the endpoints of a Service that it did not use before. Off while a server starts: then everything that there is has been read, and is served.</summary>
    public bool WaitsForEndpoints { get; set; }

    /// <summary>Waits of ingresses for endpoints that began with the last <see cref="Process"/>, to be ended by <see cref="EndWait"/> in time.</summary>
    public IReadOnlyCollection<(ObjectKey Ingress, long Number)> Waits => _waits;

    /// <summary>Takes what is thrown when an ingress is read or translated: a fault of ours, that must not stop the others. It stays as it was until something that it depends on changes.</summary>
    public Action<ObjectKey, Exception> OnFault { get; init; } = (_, _) => { };

    /// <summary>Takes what is thrown when a Service's endpoints are computed: they stay as they were.</summary>
    public Action<ObjectKey, Exception> OnEndpointFault { get; init; } = (_, _) => { };

    /// <summary>Takes each problem when it is found.</summary>
    public Action<ObjectKey, Problem> OnProblem { get; init; } = (_, _) => { };

    /// <summary>Takes each Secret that the first ingress names.</summary>
    public Action<ObjectKey> OnSecretWanted { get => _bySecret.Gained; init => _bySecret.Gained = value; }

    /// <summary>Takes each Secret that no ingress names any more.</summary>
    public Action<ObjectKey> OnSecretUnwanted { get => _bySecret.Lost; init => _bySecret.Lost = value; }

    /// <summary>Whether some ingress names a Secret.</summary>
    public bool Names(ObjectKey secret) => _bySecret.Find(secret).Count > 0;

    /// <summary>An ingress has come, changed or gone.</summary>
    public void MarkIngress(ObjectKey ingress) => _dirtyIngresses.Add(ingress);

    /// <summary>Takes new settings; all ingresses are translated again when they differ.</summary>
    public void Configure(TranslationSettings settings)
    {
        if (settings != _settings)
        {
            _settings = settings;
            MarkOutdated(_entries.Keys);
        }
    }

    /// <summary>A Service has come, changed or gone.</summary>
    public void MarkService(ObjectKey service)
    {
        MarkOutdated(_byService.Find(service));
        _dirtyServices.Add(service);
    }

    /// <summary>A Secret has been read, has changed or has gone.</summary>
    public void MarkSecret(ObjectKey secret) => MarkOutdated(_bySecret.Find(secret));

    /// <summary>The endpoints of a Service have changed.</summary>
    public void MarkEndpoints(ObjectKey service)
    {
        _dirtyIngresses.UnionWith(_byAwaited.Find(service));
        _dirtyServices.Add(service);
    }

    /// <summary>The endpoints of every Service may have changed.</summary>
    public void MarkAllEndpoints()
    {
        _dirtyIngresses.UnionWith(_byAwaited.Dependents);
        _dirtyServices.UnionWith(_endpoints.Services);
    }

    /// <summary>Whether nothing is known that could be served in place of some ingress that is bad.</summary>
    public bool LacksFormerStates => _entries.Values.Any(entry => entry is { IsFormer: true, Wanted: null });

    /// <summary>Takes over a state that a bad ingress had before anything was known of it here.</summary>
    /// <returns>Whether it is of use: not when the ingress has gone, has been made anew, or when a state of it is known.</returns>
    public bool Adopt(Ingress former)
    {
        if (!_entries.TryGetValue(former.Key, out var entry) || entry is not { IsFormer: true, Wanted: null } || entry.CreatedAt != former.CreatedAt || entry.Generation < former.Generation)
        {
            return false;
        }

        _entries[former.Key] = entry with { Wanted = former };
        MarkOutdated([former.Key]);
        return true;
    }

    /// <summary>An ingress has waited for endpoints long enough: it is served without them.</summary>
    /// <returns>The Services that have none; empty when it does not wait for them any more.</returns>
    public ImmutableArray<ObjectKey> EndWait(ObjectKey ingress, long number)
    {
        if (!_entries.TryGetValue(ingress, out var entry) || entry.Awaited.IsEmpty || entry.Wait != number)
        {
            return [];
        }

        _entries[ingress] = entry with { IsWaitOver = true };
        MarkIngress(ingress);
        return entry.Awaited;
    }

    /// <summary>The fleets that an ingress left with this move have served it long enough (<see cref="FleetMoves.End"/>).</summary>
    public void EndMove(ObjectKey ingress, long number)
    {
        foreach (var fleet in _entries.TryGetValue(ingress, out var entry) ? Moves.End(ingress, number, entry.Fleets) : [])
        {
            _misplaced.Add(ingress);
            _misplaced.UnionWith(fleet.Claims.Withdraw(ingress));
        }
    }

    /// <summary>Brings the resources up to date with all that is marked, and publishes them where they changed.</summary>
    /// <remarks>Many ingresses are translated on several threads, as that is most of the work when a server starts.</remarks>
    /// <returns>Ingresses whose status may have changed.</returns>
    public IReadOnlySet<ObjectKey> Process()
    {
        HashSet<ObjectKey> affected = [.. _dirtyIngresses, .. _misplaced];
        _endpoints.Prune();
        _waits.Clear();
        foreach (var prepared in Preparation.Of(_dirtyIngresses, _view, _settings, _entries))
        {
            _endpoints.Prepare(prepared.Endpoints);
            affected.UnionWith(Apply(prepared));
        }

        foreach (var service in _dirtyServices)
        {
            RefreshEndpoints(service);
        }

        foreach (var key in affected)
        {
            Place(key);
        }

        _endpoints.EndPreparation();
        _dirtyIngresses.Clear();
        _misplaced.Clear();
        _former.Settle();
        _dirtyServices.Clear();
        Publish();
        return affected;
    }

    private void MarkOutdated(IReadOnlyCollection<ObjectKey> ingresses)
    {
        _dirtyIngresses.UnionWith(ingresses);
        _former.MarkOutdated(ingresses);
    }

    private HashSet<ObjectKey> Apply(Preparation prepared)
    {
        var key = prepared.Key;
        if (prepared.Fault is { } fault)
        {
            OnFault(key, fault);
            if (prepared.Reading is null)
            {
                return [];
            }
        }

        _translations += prepared.IsTranslated ? 1 : 0;
        var before = _entries.GetValueOrDefault(key);
        var after = prepared.Reading is { } reading ? Next(prepared, reading, before) : null;
        _byService.Move(key, before?.Services ?? [], after?.Services ?? []);
        _bySecret.Move(key, before?.Secrets ?? [], after?.Secrets ?? []);
        _byAwaited.Move(key, before?.Awaited ?? [], after?.Awaited ?? []);
        if (after is null)
        {
            _entries.Remove(key);
        }
        else
        {
            _entries[key] = after with { Version = IsAsOld(before, after) ? before.Version : prepared.Reading!.Version };
        }

        var held = (before?.Fleets ?? []).AddRange(Moves.LeftBy(key));
        Moves.Follow(key, before, after);
        return FleetClaims.Set(key, held, after, Moves.LeftBy(key));
    }

    private IngressEntry Next(Preparation prepared, IngressReading reading, IngressEntry? before)
    {
        var next = prepared.Next ?? _former.LastGood(prepared, reading, before, _settings);
        if (!WaitsForEndpoints)
        {
            return next;
        }

        var awaited = EndpointWaits.Of(next, before, _endpoints.HasAny);
        return awaited.IsEmpty ? next : Awaiting(awaited, before?.Ingress is null ? next : EndpointWaits.Held(next, _former.InEffect(before, reading, _settings)), before);
    }

    private IngressEntry Awaiting(ImmutableArray<ObjectKey> awaited, IngressEntry entry, IngressEntry? before)
    {
        if (before is { Wait: > 0 })
        {
            return entry with { Awaited = awaited, Wait = before.Wait };
        }

        _waits.Add((entry.Wanted!.Key, ++_lastWait));
        return entry with { Awaited = awaited, Wait = _lastWait };
    }

    /// <remarks>What other replicas have read is told by it: of one generation in the same fleets the first counts, as statuses are written too.</remarks>
    private static bool IsAsOld([NotNullWhen(true)] IngressEntry? before, IngressEntry after) =>
        before is not null && before.Generation == after.Generation && before.Fleets.SequenceEqual(after.Fleets);

    private void RefreshEndpoints(ObjectKey service)
    {
        var fleets = _byService.Find(service).SelectMany(key => _placements.GetValueOrDefault(key, Placement.Nowhere).Fleets).Concat(_endpoints.StillServing(service)).ToHashSet();
        foreach (var assignment in _endpoints.Refresh(service))
        {
            foreach (var fleet in fleets.Where(fleet => fleet.Store.Find(new(assignment.Type, assignment.Name)) is not null && fleet.Store.Set(assignment)))
            {
                _touched.Add(fleet);
            }
        }
    }

    /// <summary>Puts an ingress's resources into the fleets that serve it: those of a host only where no older ingress has it.</summary>
    private void Place(ObjectKey key)
    {
        var before = _placements.GetValueOrDefault(key, Placement.Nowhere);
        var entry = _entries.GetValueOrDefault(key);
        var left = Moves.LeftBy(key);
        var after = entry is null ? Placement.Nowhere : new Placement(entry.Fleets.AddRange(left), entry.Backends);
        // The new ones first: a port that stays in use must not be forgotten in between.
        foreach (var backend in after.Backends)
        {
            _endpoints.Acquire(backend);
        }

        // Where it is not to be any more it has lost nothing.
        var conflicts = after.Fleets.SelectMany(fleet => Place(fleet, key, entry!).Select(lost => (Fleet: fleet, lost.Claim)))
            .Where(lost => !left.Contains(lost.Fleet))
            .Select(lost => HostConflict.Of(entry!.Ingress!, lost.Claim, lost.Fleet.Claims.OwnerOf(lost.Claim)!.Value))
            .ToList();
        foreach (var fleet in before.Fleets.Except(after.Fleets))
        {
            Assign(fleet, key, []);
        }

        foreach (var backend in before.Backends)
        {
            _endpoints.Release(backend, before.Fleets);
        }

        Remember(key, entry, after, conflicts);
    }

    /// <returns>What an ingress has that goes before it.</returns>
    private List<HostResource> Place(Fleet fleet, ObjectKey key, IngressEntry entry)
    {
        var lost = entry.ByHost.Where(resource => fleet.Claims.OwnerOf(resource.Claim) != key).ToList();
        Assign(fleet, key, [.. entry.Others, .. entry.Backends.Select(_endpoints.Of), .. entry.ByHost.Except(lost).Select(resource => resource.Resource)]);
        return lost;
    }

    private void Assign(Fleet fleet, ObjectKey key, IReadOnlyCollection<EncodedResource> resources)
    {
        if (fleet.Owners.Assign(key, resources))
        {
            _touched.Add(fleet);
        }
    }

    private void Remember(ObjectKey key, IngressEntry? entry, Placement placement, List<Problem> conflicts)
    {
        Kept.Set(key, entry);
        if (entry is null)
        {
            _placements.Remove(key);
            _troubles.Set(key, []);
            return;
        }

        _placements[key] = placement;
        entry = entry with { Conflicts = [.. conflicts.DistinctBy(problem => problem.Field)] };
        _entries[key] = entry;
        _troubles.Set(key, [.. entry.Problems, .. entry.CertificateProblems, .. entry.Conflicts]);
    }

    private void Publish()
    {
        foreach (var fleet in _touched)
        {
            fleet.Store.Publish();
        }

        News = [.. _touched];
        _touched.Clear();
    }

    /// <summary>Where an ingress's resources are, and the ports whose endpoints they need.</summary>
    private sealed record Placement(ImmutableArray<Fleet> Fleets, ImmutableArray<BackendPort> Backends)
    {
        public static Placement Nowhere { get; } = new([], []);
    }
}
