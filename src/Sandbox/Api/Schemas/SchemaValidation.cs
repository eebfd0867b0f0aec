using System.Text.Json.Nodes;
using Knative.Xds.Sandbox.Api.Json;

namespace Knative.Xds.Sandbox.Api.Schemas;

/// <summary>Checks a value against its schema.</summary>
internal static class SchemaValidation
{
    public static List<FieldProblem> Validate(JsonObject value, Schema schema)
    {
        var problems = new List<FieldProblem>();
        Check(value, schema, "", problems);
        return problems;
    }

    private static void Check(JsonNode? value, Schema schema, string path, List<FieldProblem> problems)
    {
        if (value is null)
        {
            if (!schema.Nullable && schema.Type != SchemaType.Any)
            {
                problems.Add(FieldProblem.Type(path, "\"null\"", $"{path} in body must be of type {TypeName(schema.Type)}: \"null\""));
            }

            return;
        }

        if (!HasType(value, schema.Type))
        {
            var actual = $"\"{ActualType(value)}\"";
            problems.Add(FieldProblem.Type(path, actual, $"{path} in body must be of type {TypeName(schema.Type)}: {actual}"));
            return;
        }

        if (schema.Enum.Count > 0 && !schema.Enum.Any(allowed => JsonNode.DeepEquals(allowed, value)))
        {
            problems.Add(FieldProblem.NotSupported(path, value.ToJsonString(), schema.Enum.Select(allowed => allowed?.ToJsonString() ?? "null")));
        }

        SchemaLimitChecks.Check(value, schema, path, problems);
        CheckParts(value, schema, path, problems);
    }

    private static void CheckParts(JsonNode value, Schema schema, string path, List<FieldProblem> problems)
    {
        if (value is JsonObject fields)
        {
            CheckObject(fields, schema, path, problems);
        }
        else if (value is JsonArray items && schema.Items is { } itemSchema)
        {
            for (var i = 0; i < items.Count; i++)
            {
                Check(items[i], itemSchema, $"{path}[{i}]", problems);
            }

            CheckUniqueKeys(items, schema, path, problems);
        }
    }

    private static void CheckObject(JsonObject fields, Schema schema, string path, List<FieldProblem> problems)
    {
        foreach (var (name, property) in schema.Properties)
        {
            if (property.Required && fields[name] is null)
            {
                problems.Add(FieldProblem.Required(Join(path, name)));
            }
        }

        foreach (var (name, value) in fields)
        {
            // A null field is as good as an absent one: structural defaulting and pruning drop it.
            if (value is not null && schema.Field(name) is { } child)
            {
                Check(value, child, Join(path, name), problems);
            }
        }
    }

    private static void CheckUniqueKeys(JsonArray items, Schema schema, string path, List<FieldProblem> problems)
    {
        if (schema.ListKind == ListKind.Atomic)
        {
            return;
        }

        var seen = new HashSet<string>(StringComparer.Ordinal);
        for (var i = 0; i < items.Count; i++)
        {
            var key = schema.ListKind == ListKind.Set ? items[i]?.ToJsonString() ?? "null" : ListKeys.Of(items[i] as JsonObject, schema);
            if (!seen.Add(key))
            {
                problems.Add(new FieldProblem($"{path}[{i}]", "FieldValueDuplicate", $"Duplicate value: {key}"));
            }
        }
    }

    private static string Join(string path, string name) => path.Length == 0 ? name : $"{path}.{name}";

    private static bool HasType(JsonNode value, SchemaType type) => type switch
    {
        SchemaType.Any => true,
        SchemaType.Object => value is JsonObject,
        SchemaType.Array => value is JsonArray,
        SchemaType.String => value.AsText() is not null,
        SchemaType.Integer => value.AsNumber() is not null,
        SchemaType.Number => ActualType(value) is "number" or "integer",
        SchemaType.Boolean => ActualType(value) == "boolean",
        SchemaType.IntOrString => value.AsText() is not null || value.AsNumber() is not null,
        _ => ActualType(value) is "string" or "number" or "integer",
    };

    private static string ActualType(JsonNode value) => value switch
    {
        JsonObject => "object",
        JsonArray => "array",
        _ when value.AsText() is not null => "string",
        _ when value.AsNumber() is not null => "integer",
        JsonValue other when other.TryGetValue<bool>(out _) => "boolean",
        _ => "number",
    };

    private static string TypeName(SchemaType type) => type switch
    {
        SchemaType.IntOrString => "integer,string",
        SchemaType.Quantity => "string",
        _ => type.ToString().ToLowerInvariant(),
    };
}
