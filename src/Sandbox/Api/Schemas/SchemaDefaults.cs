using System.Text.Json.Nodes;

namespace Knative.Xds.Sandbox.Api.Schemas;

/// <summary>Fills in defaults: a missing field that has one, at every level that is present.</summary>
internal static class SchemaDefaults
{
    public static void Apply(JsonNode? value, Schema schema)
    {
        switch (value)
        {
            case JsonObject fields:
                ApplyToObject(fields, schema);
                break;
            case JsonArray items when schema.Items is { } itemSchema:
                foreach (var item in items)
                {
                    Apply(item, itemSchema);
                }

                break;
        }
    }

    private static void ApplyToObject(JsonObject fields, Schema schema)
    {
        foreach (var (name, property) in schema.Properties)
        {
            if (property.Default is not null && NeedsDefault(fields, name, property.Schema))
            {
                fields[name] = property.Default.DeepClone();
            }

            Apply(fields[name], property.Schema);
        }

        if (schema.AdditionalProperties is { } additional)
        {
            foreach (var (_, child) in fields)
            {
                Apply(child, additional);
            }
        }
    }

    // A null counts as missing, unless the schema says that null is a value.
    private static bool NeedsDefault(JsonObject fields, string name, Schema schema) => fields[name] is null && !(schema.Nullable && fields.ContainsKey(name));
}
