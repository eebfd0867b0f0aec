using System.Text.Json.Nodes;

namespace Knative.Xds.Sandbox.Api.Schemas;

/// <summary>Identity of an element in a list that is a map.</summary>
internal static class ListKeys
{
    /// <summary>The key fields as canonical JSON, in alphabetical order as FieldsV1 wants them; a key that is absent takes its default.</summary>
    public static string Of(JsonObject? element, Schema list)
    {
        var key = new JsonObject();
        foreach (var name in list.MapKeys.Order(StringComparer.Ordinal))
        {
            var value = element?[name] ?? Default(list, name);
            if (value is not null)
            {
                key[name] = value.DeepClone();
            }
        }

        return System.Text.Encoding.UTF8.GetString(Json.JsonNodes.ToUtf8(key));
    }

    private static JsonNode? Default(Schema list, string name) => list.Items is { } items && items.Properties.TryGetValue(name, out var property) ? property.Default : null;
}
