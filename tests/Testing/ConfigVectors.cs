using System.Text.Json;
using Knative.Xds.Core.Configuration;
using Knative.Xds.Core.Model;
using Xunit;

namespace Knative.Xds.Testing;

/// <summary>Compares what a parser made of a ConfigMap with what upstream made of it.</summary>
public static class ConfigVectors
{
    /// <summary>A map of texts.</summary>
    public static Dictionary<string, string> Texts(JsonElement map) =>
        map.ValueKind == JsonValueKind.Object ? map.EnumerateObject().ToDictionary(entry => entry.Name, entry => entry.Value.GetString()!) : [];

    /// <summary>Fails, naming case and member, where verdict or any member of the result differs.</summary>
    /// <param name="item">The recorded case.</param>
    /// <param name="problem">The parser's; null when it accepted the map.</param>
    /// <param name="actual">Recorded member names to our values; every recorded member must be there.</param>
    public static void AssertSame(JsonElement item, Problem? problem, IReadOnlyDictionary<string, object?>? actual)
    {
        var id = item.GetProperty("id").GetString();
        Assert.True(item.GetProperty("ok").GetBoolean() == problem is null, $"{id}: ok should be {item.GetProperty("ok")} ({item.GetProperty("message")}), the problem is {problem?.Message ?? "none"}");
        if (actual is null)
        {
            return;
        }

        foreach (var member in item.GetProperty("parsed").EnumerateObject())
        {
            Assert.True(actual.ContainsKey(member.Name), $"{id}: {member.Name} is not compared");
            var (expected, value) = (JsonSerializer.Serialize(member.Value), Write(actual[member.Name]));
            Assert.True(expected == value, $"{id}: {member.Name} should be {expected}, is {value}");
        }
    }

    private static string Write(object? value) => value switch
    {
        TimeSpan duration => JsonSerializer.Serialize(duration.Ticks * TimeSpan.NanosecondsPerTick),
        Enum or Quantity => JsonSerializer.Serialize(value.ToString()),
        _ => JsonSerializer.Serialize(value),
    };
}
