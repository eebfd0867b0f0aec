using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Knative.Xds.Sandbox.Api.Json;

namespace Knative.Xds.Sandbox.Api.Schemas;

/// <summary>Reads the openAPIV3Schema of a CustomResourceDefinition.</summary>
internal static class CrdSchema
{
    // A pattern comes with a CRD: a slow one must not stall the server.
    private static readonly TimeSpan PatternLimit = TimeSpan.FromMilliseconds(100);

    /// <summary>The schema of a whole object; metadata is always ObjectMeta, whatever the CRD says of it.</summary>
    public static Schema ReadRoot(JsonObject? openApi)
    {
        var schema = openApi is null ? new Schema { Type = SchemaType.Object, PreserveUnknown = true } : Read(openApi);
        AddResourceFields(schema);
        return schema;
    }

    private static void AddResourceFields(Schema schema)
    {
        schema.Properties["apiVersion"] = new SchemaProperty(new Schema { Type = SchemaType.String });
        schema.Properties["kind"] = new SchemaProperty(new Schema { Type = SchemaType.String });
        schema.Properties["metadata"] = new SchemaProperty(BuiltInTypes.Get(BuiltInTypes.ObjectMeta));
    }

    private static Schema Read(JsonObject source)
    {
        var schema = new Schema
        {
            Type = TypeOf(source),
            Format = source.Text("format"),
            Description = source.Text("description"),
            Enum = source["enum"] is JsonArray values ? [.. values.Select(value => value?.DeepClone())] : [],
            PreserveUnknown = source.IsTrue("x-kubernetes-preserve-unknown-fields"),
            EmbeddedResource = source.IsTrue("x-kubernetes-embedded-resource"),
            Nullable = source.IsTrue("nullable"),
            AtomicMap = source.Text("x-kubernetes-map-type") == "atomic",
            ListKind = source.Text("x-kubernetes-list-type") switch { "map" => ListKind.Map, "set" => ListKind.Set, _ => ListKind.Atomic },
            MapKeys = [.. source.Texts("x-kubernetes-list-map-keys")],
            Items = source["items"] is JsonObject items ? Read(items) : null,
            AdditionalProperties = Additional(source["additionalProperties"]),
            Limits = ReadLimits(source),
        };
        AddProperties(schema, source);
        if (schema.EmbeddedResource)
        {
            AddResourceFields(schema);
        }

        return schema;
    }

    private static void AddProperties(Schema schema, JsonObject source)
    {
        var required = source.Texts("required").ToHashSet(StringComparer.Ordinal);
        foreach (var (name, value) in source["properties"] as JsonObject ?? [])
        {
            var property = value as JsonObject ?? [];
            schema.Properties[name] = new SchemaProperty(Read(property), required.Contains(name), property["default"]?.DeepClone());
        }
    }

    private static Schema? Additional(JsonNode? source) => source switch
    {
        JsonObject schema => Read(schema),
        JsonValue flag when flag.TryGetValue<bool>(out var allowed) && allowed => Schema.Any,
        _ => null,
    };

    private static SchemaType TypeOf(JsonObject source) => source.IsTrue("x-kubernetes-int-or-string") ? SchemaType.IntOrString : source.Text("type") switch
    {
        "object" => SchemaType.Object,
        "array" => SchemaType.Array,
        "string" => SchemaType.String,
        "integer" => SchemaType.Integer,
        "number" => SchemaType.Number,
        "boolean" => SchemaType.Boolean,
        _ => SchemaType.Any,
    };

    private static SchemaLimits ReadLimits(JsonObject source) => new(
        JsonNodes.AsReal(source["minimum"]),
        source.IsTrue("exclusiveMinimum"),
        JsonNodes.AsReal(source["maximum"]),
        source.IsTrue("exclusiveMaximum"),
        source.Number("minLength"),
        source.Number("maxLength"),
        source.Number("minItems"),
        source.Number("maxItems"),
        source.Number("minProperties"),
        source.Number("maxProperties"),
        source.Text("pattern") is { } pattern ? new Regex(pattern, RegexOptions.CultureInvariant, PatternLimit) : null);

}
