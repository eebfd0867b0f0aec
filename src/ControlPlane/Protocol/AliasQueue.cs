namespace Knative.Xds.ControlPlane.Protocol;

/// <summary>Names in the order in which they came, each once.</summary>
internal sealed class AliasQueue
{
    private readonly LinkedList<string> _order = [];
    private readonly Dictionary<string, LinkedListNode<string>> _nodes = new(StringComparer.Ordinal);

    public int Count => _nodes.Count;

    public IEnumerable<string> Names => _nodes.Keys;

    public void Add(string name)
    {
        if (!_nodes.ContainsKey(name))
        {
            _nodes[name] = _order.AddLast(name);
        }
    }

    public void Remove(string name)
    {
        if (_nodes.Remove(name, out var node))
        {
            _order.Remove(node);
        }
    }

    /// <summary>Takes the oldest out; there must be one.</summary>
    public string TakeOldest()
    {
        var name = _order.First!.Value;
        Remove(name);
        return name;
    }
}
