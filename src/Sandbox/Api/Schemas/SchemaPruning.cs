using System.Text.Json.Nodes;

namespace Knative.Xds.Sandbox.Api.Schemas;

/// <summary>Removes the fields that a schema does not know.</summary>
internal static class SchemaPruning
{
    /// <summary>Removes unknown fields in place and returns their paths.</summary>
    public static List<string> Prune(JsonObject value, Schema schema)
    {
        var unknown = new List<string>();
        Prune(value, schema, "", unknown);
        return unknown;
    }

    private static void Prune(JsonNode? value, Schema schema, string path, List<string> unknown)
    {
        switch (value)
        {
            case JsonObject fields when schema.Type is SchemaType.Object or SchemaType.Any:
                PruneObject(fields, schema, path, unknown);
                break;
            case JsonArray items when schema.Items is { } itemSchema:
                for (var i = 0; i < items.Count; i++)
                {
                    Prune(items[i], itemSchema, $"{path}[{i}]", unknown);
                }

                break;
        }
    }

    private static void PruneObject(JsonObject fields, Schema schema, string path, List<string> unknown)
    {
        foreach (var name in fields.Select(field => field.Key).ToList())
        {
            var childPath = path.Length == 0 ? name : $"{path}.{name}";
            if (schema.Field(name) is { } child)
            {
                Prune(fields[name], child, childPath, unknown);
            }
            else
            {
                fields.Remove(name);
                unknown.Add(childPath);
            }
        }
    }
}
