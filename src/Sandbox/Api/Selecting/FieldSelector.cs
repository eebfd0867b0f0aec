using System.Text.Json.Nodes;
using Knative.Xds.Sandbox.Api.Json;
using Knative.Xds.Sandbox.Api.Kinds;
using Knative.Xds.Sandbox.Api.Serving;

namespace Knative.Xds.Sandbox.Api.Selecting;

/// <summary>A field selector: path=value, path==value and path!=value, joined by commas; a field that is absent equals "".</summary>
internal sealed class FieldSelector
{
    private readonly IReadOnlyList<(string Path, string Value, bool Equal)> _terms;

    private FieldSelector(IReadOnlyList<(string Path, string Value, bool Equal)> terms) => _terms = terms;

    public bool IsEverything => _terms.Count == 0;

    public static FieldSelector Parse(string? text, ResourceKind kind)
    {
        var terms = (text ?? "").Split(',', StringSplitOptions.RemoveEmptyEntries).Select(term => ParseTerm(term, text!)).ToList();
        foreach (var (path, _, _) in terms)
        {
            if (path is not ("metadata.name" or "metadata.namespace") && !kind.SelectableFields.Contains(path))
            {
                throw ApiException.BadRequest($"field label not supported: {path}");
            }
        }

        return new(terms);
    }

    public bool Matches(JsonObject value) => _terms.All(term => string.Equals(value.At(term.Path).Display(), term.Value, StringComparison.Ordinal) == term.Equal);

    private static (string Path, string Value, bool Equal) ParseTerm(string term, string selector)
    {
        foreach (var (mark, equal) in new[] { ("!=", false), ("==", true), ("=", true) })
        {
            if (term.IndexOf(mark, StringComparison.Ordinal) is var at and > 0)
            {
                return (term[..at], term[(at + mark.Length)..], equal);
            }
        }

        throw ApiException.BadRequest($"invalid field selector: \"{selector}\": can't understand '{term}'");
    }
}
