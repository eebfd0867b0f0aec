using System.Globalization;
using System.Text.Json.Nodes;
using Knative.Xds.Sandbox.Api.Json;

namespace Knative.Xds.Sandbox.Api.Printing;

/// <summary>The columns that a version of a CustomResourceDefinition asks for.</summary>
internal static class CustomColumns
{
    public static IReadOnlyList<Column> Of(JsonObject version)
    {
        var given = version.Objects("additionalPrinterColumns").ToList();
        return given.Count == 0 ? BuiltInColumns.Plain : [BuiltInColumns.Name, .. given.Select(ReadColumn)];
    }

    private static Column ReadColumn(JsonObject source)
    {
        var path = JsonPath.Parse(source.Text("jsonPath") ?? "");
        var type = source.Text("type") ?? "string";
        return new Column(source.Text("name") ?? "", type, (value, now) => Cell(path, type, value, now))
        {
            Format = source.Text("format") ?? "",
            Description = source.Text("description") ?? "",
            Priority = (int)(source.Number("priority") ?? 0),
        };
    }

    private static JsonNode? Cell(JsonPath path, string type, JsonObject value, DateTimeOffset now)
    {
        var found = path.Find(value).ToList();
        if (found.Count == 0)
        {
            return null;
        }

        var first = found[0];
        return type switch
        {
            "integer" => first.AsNumber() is { } whole ? whole : null,
            "number" => first is JsonValue number && number.TryGetValue<double>(out var real) ? real : first.AsNumber() is { } integer ? integer : null,
            "boolean" => first is JsonValue flag && flag.TryGetValue<bool>(out var truth) ? truth : null,
            "date" => first.AsText() is null ? null : Ages.Since(first, now),
            _ => string.Join(",", found.Select(Shown)),
        };
    }

    private static string Shown(JsonNode? node) => node is JsonValue value && value.TryGetValue<bool>(out var flag) ? flag.ToString(CultureInfo.InvariantCulture).ToLowerInvariant() : node.Display();
}
