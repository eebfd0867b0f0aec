using System.Text.Json.Nodes;
using Knative.Xds.Sandbox.Api.Json;
using Knative.Xds.Sandbox.Api.Kinds;
using Knative.Xds.Sandbox.Api.Schemas;

namespace Knative.Xds.Sandbox.Api.Describing;

/// <summary>Collects the schemas of one document; built-in types are named components that refer to each other.</summary>
internal sealed class OpenApiSchemas
{
    private const string Prefix = "#/components/schemas/";

    private readonly SortedDictionary<string, JsonObject> _schemas = new(StringComparer.Ordinal);

    /// <summary>Adds a kind with all it refers to; returns the reference to it.</summary>
    public string Add(ResourceKind kind)
    {
        var name = kind.Schema.Name ?? $"{kind.Group}.{kind.Version}.{kind.Kind}";
        if (kind.OpenApi is { } openApi)
        {
            var schema = openApi.Clone();
            schema.Put("properties.apiVersion", new JsonObject { ["type"] = "string", ["description"] = "Version of the schema of this object." });
            schema.Put("properties.kind", new JsonObject { ["type"] = "string", ["description"] = "Kind of this object." });
            schema.Put("properties.metadata", new JsonObject { ["allOf"] = new JsonArray(Reference(BuiltInTypes.Get(BuiltInTypes.ObjectMeta))), ["description"] = "Standard metadata of an object." });
            _schemas[name] = schema;
        }
        else
        {
            Reference(kind.Schema);
        }

        _schemas[name]["x-kubernetes-group-version-kind"] = new JsonArray(OpenApiPaths.Gvk(kind));
        return Prefix + name;
    }

    public JsonObject ToJson() => new([.. _schemas.Select(entry => KeyValuePair.Create(entry.Key, (JsonNode?)entry.Value))]);

    private JsonObject Reference(Schema schema)
    {
        if (!_schemas.ContainsKey(schema.Name!))
        {
            // Entered before it is filled: types refer to themselves.
            var target = new JsonObject();
            _schemas[schema.Name!] = target;
            Fill(target, schema);
        }

        return new JsonObject { ["$ref"] = Prefix + schema.Name };
    }

    private JsonObject DescribeField(Schema type, string name, Schema schema)
    {
        var field = Describe(schema);
        if (type.Name is not null && BuiltInDescriptions.OfField(type.Name, name) is { } text)
        {
            field["description"] = text;
        }

        return field;
    }

    private JsonObject Describe(Schema schema)
    {
        if (schema.Name is not null)
        {
            return new JsonObject { ["allOf"] = new JsonArray(Reference(schema)) };
        }

        var result = new JsonObject();
        Fill(result, schema);
        return result;
    }

    private void Fill(JsonObject target, Schema schema)
    {
        if (schema.Name is not null && BuiltInDescriptions.OfType(schema.Name) is { } text)
        {
            target["description"] = text;
        }

        AddType(target, schema);
        AddMerging(target, schema);
        if (schema.Enum.Count > 0)
        {
            target["enum"] = new JsonArray([.. schema.Enum.Select(value => value?.DeepClone())]);
        }

        if (schema.Items is { } items)
        {
            target["items"] = Describe(items);
        }

        if (schema.AdditionalProperties is { } additional)
        {
            target["additionalProperties"] = Describe(additional);
        }

        if (schema.Properties.Count > 0)
        {
            target["properties"] = new JsonObject([.. schema.Properties.Select(property => KeyValuePair.Create(property.Key, (JsonNode?)DescribeField(schema, property.Key, property.Value.Schema)))]);
            if (schema.Properties.Where(property => property.Value.Required).Select(property => property.Key).ToList() is { Count: > 0 } required)
            {
                target["required"] = JsonNodes.ToArray(required);
            }
        }
    }

    private static void AddType(JsonObject target, Schema schema)
    {
        switch (schema.Type)
        {
            case SchemaType.Any:
                break;
            case SchemaType.IntOrString or SchemaType.Quantity:
                target["oneOf"] = new JsonArray(new JsonObject { ["type"] = "string" }, new JsonObject { ["type"] = schema.Type == SchemaType.Quantity ? "number" : "integer" });
                target["format"] = schema.Type == SchemaType.IntOrString ? "int-or-string" : null;
                break;
            default:
                target["type"] = schema.Type.ToString().ToLowerInvariant();
                break;
        }

        if (schema.Format is { } format)
        {
            target["format"] = format;
        }

        if (target["format"] is null)
        {
            target.Remove("format");
        }
    }

    private static void AddMerging(JsonObject target, Schema schema)
    {
        if (schema.ListKind != ListKind.Atomic)
        {
            target["x-kubernetes-list-type"] = schema.ListKind == ListKind.Map ? "map" : "set";
        }

        if (schema.MapKeys.Count > 0)
        {
            target["x-kubernetes-list-map-keys"] = JsonNodes.ToArray(schema.MapKeys);
        }

        if (schema.Merges)
        {
            target["x-kubernetes-patch-strategy"] = "merge";
        }

        if (schema.MergeKey is { } key)
        {
            target["x-kubernetes-patch-merge-key"] = key;
        }

        if (schema.AtomicMap)
        {
            target["x-kubernetes-map-type"] = "atomic";
        }
    }
}
