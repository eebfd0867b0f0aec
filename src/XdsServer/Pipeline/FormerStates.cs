using System.Collections.Immutable;
using Knative.Xds.ControlPlane.Translation;
using Knative.Xds.Core.Model;

namespace Knative.Xds.XdsServer.Pipeline;

/// <summary>What ingresses were, among Services and Secrets as they are now: of those that cannot be as they are to be, or not yet.</summary>
/// <remarks>Old bytes are not enough: clusters and endpoints are shared with ingresses that follow every change, and a certificate has to be replaced in time. An ingress that nothing
/// has changed for which it refers to is not translated again. Not thread-safe: the owner loop's.</remarks>
/// <param name="view">The cluster as it is now.</param>
/// <param name="onFault">Takes what a translation throws.</param>
internal sealed class FormerStates(IClusterView view, Action<ObjectKey, Exception> onFault)
{
    private readonly HashSet<ObjectKey> _outdated = [];

    /// <summary>Translations so far.</summary>
    public long Translations { get; private set; }

    /// <summary>Something that these ingresses refer to has changed, or the settings have.</summary>
    public void MarkOutdated(IReadOnlyCollection<ObjectKey> ingresses) => _outdated.UnionWith(ingresses);

    /// <summary>All that was marked has been seen to.</summary>
    public void Settle() => _outdated.Clear();

    /// <summary>The newest good state of an ingress that is bad now; only if even that is bad among what there is now, what is in effect.</summary>
    public IngressEntry LastGood(Preparation bad, IngressReading reading, IngressEntry? before, TranslationSettings settings)
    {
        var good = before?.Wanted is null ? new IngressEntry { Generation = reading.Generation }
            : IsCurrent(before) && before.Awaited.IsEmpty ? before
            : Again(before.Wanted, reading, before, view, settings) ?? before;
        return good with
        {
            Generation = reading.Generation,
            CreatedAt = reading.CreatedAt,
            Fleets = reading.Fleets,
            IsFormer = true,
            Problems = bad.Problems,
            Services = [.. bad.Services.Union(good.Services)],
            Awaited = [],
            Wait = 0,
            IsWaitOver = false,
        };
    }

    /// <summary>The state of an ingress that is in effect; Services that have gone since are as they were.</summary>
    public IngressEntry InEffect(IngressEntry before, IngressReading reading, TranslationSettings settings)
    {
        if (IsCurrent(before))
        {
            return before;
        }

        var now = Again(before.Ingress!, reading, before, view, settings);
        ImmutableArray<ObjectKey> gone = [.. (now?.Missing ?? []).Except(before.Missing)];
        return (gone.IsEmpty ? now : Again(before.Ingress!, reading, before, new RememberedServices(view, gone, before.Ports), settings)) ?? before;
    }

    private bool IsCurrent(IngressEntry entry) => !_outdated.Contains(entry.Wanted!.Key);

    private IngressEntry? Again(Ingress ingress, IngressReading reading, IngressEntry before, IBackendLookup backends, TranslationSettings settings)
    {
        Translations++;
        var again = Preparation.Again(reading, ingress, backends, settings, before);
        if (again.Fault is { } fault)
        {
            onFault(ingress.Key, fault);
        }

        return again.Next;
    }
}
