using System.Collections.Immutable;
using Knative.Xds.ControlPlane.Resources;

namespace Knative.Xds.XdsServer.Reporting;

/// <summary>Which streams refuse a version of a resource, and with what words: a refusal lives as long as one stream that stands by it.</summary>
/// <remarks>Not thread-safe: the owner loop's.</remarks>
internal sealed class Refusals
{
    // Nearly always there is none; of one resource, one for each stream.
    private readonly Dictionary<ResourceId, ImmutableArray<Refusal>> _byResource = [];

    /// <summary>Notes that a stream refuses a version; what it said of the resource before counts no more.</summary>
    public void Add(ResourceId id, long stream, string version, string words) => _byResource[id] = Without(id, stream).Add(new(stream, version, words));

    /// <summary>The words of the stream that has refused a version for the longest, of those that count; null when none does.</summary>
    public string? Find(ResourceId id, string version, Predicate<long> counts) => Of(id).FirstOrDefault(refusal => refusal.Version == version && counts(refusal.Stream))?.Words;

    /// <summary>A stream does not refuse a resource any more.</summary>
    /// <returns>Whether it did.</returns>
    public bool Remove(ResourceId id, long stream)
    {
        // Asked for every resource of every ACK.
        if (!_byResource.TryGetValue(id, out var before))
        {
            return false;
        }

        var after = Without(id, stream);
        Set(id, after);
        return after.Length < before.Length;
    }

    /// <summary>A stream has gone.</summary>
    /// <returns>What it refused.</returns>
    public List<ResourceId> Remove(long stream)
    {
        var refused = _byResource.Where(entry => entry.Value.Any(refusal => refusal.Stream == stream)).Select(entry => entry.Key).ToList();
        refused.ForEach(id => Remove(id, stream));
        return refused;
    }

    /// <summary>A resource has gone.</summary>
    public void Remove(ResourceId id) => _byResource.Remove(id);

    private ImmutableArray<Refusal> Of(ResourceId id) => _byResource.GetValueOrDefault(id, []);

    private ImmutableArray<Refusal> Without(ResourceId id, long stream) => Of(id).RemoveAll(refusal => refusal.Stream == stream);

    private void Set(ResourceId id, ImmutableArray<Refusal> refusals)
    {
        if (refusals.IsEmpty)
        {
            _byResource.Remove(id);
        }
        else
        {
            _byResource[id] = refusals;
        }
    }

    private sealed record Refusal(long Stream, string Version, string Words);
}
