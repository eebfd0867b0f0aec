namespace Knative.Xds.ControlPlane.Protocol;

/// <summary>Names of one type that a client has yet to be told about.</summary>
internal sealed class Agenda
{
    // Names that wait for the client to take something else, and for how many ticks.
    private readonly Dictionary<string, int> _waiting = new(StringComparer.Ordinal);

    /// <summary>Names that may differ between client and snapshot.</summary>
    public HashSet<string> Dirty { get; } = new(StringComparer.Ordinal);
    /// <summary>Names that must be answered even if the client was told the version already.</summary>
    public HashSet<string> Forced { get; } = new(StringComparer.Ordinal);
    /// <summary>Names that have waited long enough.</summary>
    public HashSet<string> Released { get; } = new(StringComparer.Ordinal);
    /// <summary>Something waits.</summary>
    public bool IsHolding => _waiting.Count > 0;

    /// <summary>Makes a name due whatever the client was told.</summary>
    public void Force(string name)
    {
        Forced.Add(name);
        Dirty.Add(name);
    }

    /// <summary>Notes that a name waits. If it was released, and waits all the same as the client refuses what it depends on, its time begins again: what comes in place of the refused is waited for too.</summary>
    public void Hold(string name)
    {
        Released.Remove(name);
        _waiting.TryAdd(name, 0);
    }

    /// <summary>Counts a tick for all names that wait, and releases those that have waited for <paramref name="limit"/> of them.</summary>
    /// <returns>How many were released.</returns>
    public int ReleaseOverdue(int limit)
    {
        foreach (var name in _waiting.Keys)
        {
            _waiting[name]++;
        }

        var overdue = _waiting.Where(entry => entry.Value >= limit).Select(entry => entry.Key).ToList();
        overdue.ForEach(name => _waiting.Remove(name));
        Released.UnionWith(overdue);
        return overdue.Count;
    }

    /// <summary>Puts a name down as told.</summary>
    public void Settle(string name)
    {
        Dirty.Remove(name);
        Forced.Remove(name);
        Released.Remove(name);
        _waiting.Remove(name);
    }
}
