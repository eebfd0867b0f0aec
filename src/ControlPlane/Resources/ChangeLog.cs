namespace Knative.Xds.ControlPlane.Resources;

/// <summary>Names in the order in which they changed; entry <c>i</c> holds the change that led to sequence <c>FirstSequence + i + 1</c>.</summary>
/// <remarks>One writer appends to the array behind <c>Count</c>; views hold their own count, so readers never see a slot that is being written.</remarks>
internal readonly struct ChangeLog
{
    private readonly string[] _names;
    private readonly int _count;
    private readonly long _firstSequence;

    private ChangeLog(string[] names, int count, long firstSequence)
    {
        _names = names;
        _count = count;
        _firstSequence = firstSequence;
    }

    /// <summary>Sequence after the last entry.</summary>
    public long Sequence => _firstSequence + _count;

    /// <summary>An empty log that remembers at least <paramref name="capacity"/> / 2 changes.</summary>
    public static ChangeLog Create(int capacity) => new(new string[Math.Max(2, capacity)], 0, 0);

    /// <summary>Adds a change; a full log forgets its older half in a new array, as views may still read the old one.</summary>
    public ChangeLog Append(string name)
    {
        if (_count < _names.Length)
        {
            _names[_count] = name;
            return new(_names, _count + 1, _firstSequence);
        }

        var forgotten = _count / 2;
        var kept = new string[_names.Length];
        Array.Copy(_names, forgotten, kept, 0, _count - forgotten);
        return new ChangeLog(kept, _count - forgotten, _firstSequence + forgotten).Append(name);
    }

    /// <summary>Names changed after <paramref name="sequence"/>, maybe with repetitions; false when the log has forgotten that far.</summary>
    public bool TrySince(long sequence, out ReadOnlySpan<string> names)
    {
        var start = sequence - _firstSequence;
        names = start >= 0 && start <= _count ? _names.AsSpan((int)start, _count - (int)start) : default;
        return start >= 0 && start <= _count;
    }
}
