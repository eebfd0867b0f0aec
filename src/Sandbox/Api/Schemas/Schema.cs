using System.Text.Json.Nodes;

namespace Knative.Xds.Sandbox.Api.Schemas;

/// <summary>What is known of a value: its type, its parts, and how patches merge it. Built-in types refer to themselves (JSONSchemaProps), so schemas form a graph and are filled after they are made.</summary>
internal sealed class Schema
{
    /// <summary>Any value at all.</summary>
    public static readonly Schema Any = new() { PreserveUnknown = true };

    /// <summary>Name of the built-in type; null for the nameless schemas of CRDs and for lists and maps.</summary>
    public string? Name { get; init; }
    public SchemaType Type { get; set; }
    public string? Format { get; set; }
    public string? Description { get; set; }
    public Dictionary<string, SchemaProperty> Properties { get; } = new(StringComparer.Ordinal);
    public Schema? AdditionalProperties { get; set; }
    public Schema? Items { get; set; }
    public IReadOnlyList<JsonNode?> Enum { get; set; } = [];
    public bool PreserveUnknown { get; set; }
    public bool EmbeddedResource { get; set; }
    public bool Nullable { get; set; }
    public SchemaLimits? Limits { get; set; }

    /// <summary>Lists are applied as a whole unless they say otherwise.</summary>
    public ListKind ListKind { get; set; }
    /// <summary>Keys of a list that is a map.</summary>
    public IReadOnlyList<string> MapKeys { get; set; } = [];
    /// <summary>The object is applied as a whole.</summary>
    public bool AtomicMap { get; set; }

    /// <summary>Strategic merge patch merges the list instead of replacing it.</summary>
    public bool Merges { get; set; }
    /// <summary>Strategic merge patch finds list elements by this field; null for lists of scalars.</summary>
    public string? MergeKey { get; set; }

    /// <summary>The schema of a field; null when the field is unknown.</summary>
    public Schema? Field(string name) => Properties.TryGetValue(name, out var property) ? property.Schema : AdditionalProperties ?? (PreserveUnknown ? Any : null);
}
