namespace Knative.Xds.ControlPlane.Protocol;

/// <summary>What a client wants of one type.</summary>
internal sealed class Subscription
{
    /// <summary>The name that stands for everything.</summary>
    public const string Wildcard = "*";

    private readonly HashSet<string> _names = new(StringComparer.Ordinal);

    /// <summary>Everything is wanted.</summary>
    public bool IsWildcard { get; set; }

    /// <summary>Names wanted one by one.</summary>
    public IReadOnlySet<string> Names => _names;

    /// <summary>Characters of all names together.</summary>
    public long Length { get; private set; }

    public bool Covers(string name) => IsWildcard || _names.Contains(name);

    /// <summary>Adds a name; false when it was there.</summary>
    public bool Add(string name)
    {
        var added = _names.Add(name);
        Length += added ? name.Length : 0;
        return added;
    }

    /// <summary>Takes a name away; false when it was not there.</summary>
    public bool Remove(string name)
    {
        var removed = _names.Remove(name);
        Length -= removed ? name.Length : 0;
        return removed;
    }
}
