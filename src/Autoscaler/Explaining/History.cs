namespace Knative.Xds.Autoscaler.Explaining;

/// <summary>The last few of a kind, oldest first; grows only as far as it is used.</summary>
/// <remarks>Threading: one owner. Adding allocates nothing once it has its full size.</remarks>
internal sealed class History<T>(int capacity)
{
    private const int FirstSize = 2;
    private T[] _items = [];
    private int _start;

    public int Count { get; private set; }

    /// <summary>The item at an age: 0 is the newest.</summary>
    public ref T this[int age] => ref _items[(_start + Count - 1 - age) % _items.Length];

    public void Add(in T item)
    {
        if (Count == _items.Length && Count < capacity)
        {
            Grow();
        }

        if (Count == capacity)
        {
            _start = (_start + 1) % _items.Length;
            Count--;
        }

        _items[(_start + Count++) % _items.Length] = item;
    }

    /// <summary>All items, the newest first.</summary>
    public List<T> ToList()
    {
        var items = new List<T>(Count);
        for (var age = 0; age < Count; age++)
        {
            items.Add(this[age]);
        }

        return items;
    }

    // Before it is full nothing was removed: the items begin at the start.
    private void Grow() => Array.Resize(ref _items, Math.Min(capacity, Math.Max(FirstSize, Count * 2)));
}
