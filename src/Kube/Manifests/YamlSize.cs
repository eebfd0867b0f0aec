using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace Knative.Xds.Kube.Manifests;

/// <summary>How deep and how large a YAML document is once its aliases stand for what they name.</summary>
/// <remarks>Whoever reads the nodes goes down by recursion: what is nested without end, or contains itself, would end the process. Source: the limits of go-yaml v2 (depth, alias ratio), in simpler form.</remarks>
internal sealed class YamlSize
{
    private const int MostDepth = 500;
    private const long MostNodes = 1_000_000;
    private readonly Dictionary<AnchorName, long> _sizes = [];
    private readonly Stack<(AnchorName Anchor, long Size)> _open = new();

    private YamlSize()
    {
    }

    /// <summary>Does nothing where every document may be read.</summary>
    /// <remarks>Errors: <see cref="YamlException"/> at the place where it is too deep, too large or contains itself.</remarks>
    public static void Check(string text)
    {
        using var reader = new StringReader(text);
        var parser = new Parser(reader);
        var size = new YamlSize();
        while (parser.MoveNext())
        {
            size.Take(parser.Current!);
        }
    }

    private void Take(ParsingEvent next)
    {
        switch (next)
        {
            case DocumentStart:
                _sizes.Clear();
                break;
            case MappingStart or SequenceStart:
                Enter((NodeEvent)next);
                break;
            case MappingEnd or SequenceEnd:
                var (anchor, size) = _open.Pop();
                Add(next, anchor, size);
                break;
            case Scalar scalar:
                Add(next, scalar.Anchor, 1);
                break;
            case AnchorAlias alias:
                Add(next, default, SizeOf(alias));
                break;
        }
    }

    private void Enter(NodeEvent node)
    {
        if (_open.Count == MostDepth)
        {
            throw new YamlException(node.Start, node.End, $"more than {MostDepth} levels");
        }

        _open.Push((node.Anchor, 1));
    }

    private void Add(ParsingEvent node, AnchorName anchor, long size)
    {
        if (!anchor.IsEmpty)
        {
            _sizes[anchor] = size;
        }

        if (_open.TryPop(out var parent))
        {
            _open.Push((parent.Anchor, Within(node, parent.Size + size)));
        }
    }

    private long SizeOf(AnchorAlias alias) =>
        _open.Any(node => node.Anchor == alias.Value)
            ? throw new YamlException(alias.Start, alias.End, $"{alias.Value} contains itself")
            : _sizes.GetValueOrDefault(alias.Value, 1);

    private static long Within(ParsingEvent node, long size) =>
        size <= MostNodes ? size : throw new YamlException(node.Start, node.End, $"more than {MostNodes} nodes, aliases counted as what they name");
}
