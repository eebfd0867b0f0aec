using System.Globalization;
using System.Text.Json;

namespace Knative.Xds.Core.Tests.Networking;

/// <summary>Reads and compares recorded ConfigMaps.</summary>
internal static class Data
{
    public static Dictionary<string, string> Of(JsonElement item) => item.GetProperty("data").EnumerateObject().ToDictionary(entry => entry.Name, entry => entry.Value.GetString()!);

    /// <summary>The name of an enum value as upstream spells it; empty for none.</summary>
    public static string Lower<T>(T? value) where T : struct, Enum => value?.ToString().ToLowerInvariant() ?? "";

    /// <summary>JSON with sorted keys and numbers of one spelling.</summary>
    public static string Sorted(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Object => $"{{{string.Join(", ", value.EnumerateObject().OrderBy(property => property.Name, StringComparer.Ordinal).Select(property => $"{property.Name}: {Sorted(property.Value)}"))}}}",
        JsonValueKind.Array => $"[{string.Join(", ", value.EnumerateArray().Select(Sorted))}]",
        JsonValueKind.Number => value.GetDouble().ToString("R", CultureInfo.InvariantCulture),
        _ => value.GetRawText(),
    };
}
