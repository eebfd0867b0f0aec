using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using Knative.Xds.Kube.Manifests;

namespace Knative.Xds.XdsServer.Fleets;

/// <summary>Reads the fleets from a YAML or JSON file: a list under <c>fleets</c>, fields in camel case as in <see cref="FleetOptions"/>.</summary>
internal static class FleetFile
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        // A misspelt field would silently widen or narrow a fleet.
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        Converters = { new JsonStringEnumConverter() },
    };

    /// <summary>Reads a file.</summary>
    /// <exception cref="FormatException">It is malformed; the message names file and place.</exception>
    public static ImmutableArray<FleetOptions> Read(string path)
    {
        try
        {
            return Parse(File.ReadAllText(path));
        }
        catch (Exception malformed) when (malformed is FormatException or JsonException)
        {
            throw new FormatException($"{path}: {malformed.Message}", malformed);
        }
    }

    /// <summary>Reads a text.</summary>
    public static ImmutableArray<FleetOptions> Parse(string text) =>
        YamlJson.ParseAll(text) is [JsonObject root] && root["fleets"] is JsonArray { Count: > 0 } fleets
            ? [.. fleets.Select(fleet => fleet.Deserialize<FleetOptions>(Json) ?? throw new FormatException("fleets: an entry is empty"))]
            : throw new FormatException("there must be one document with a list \"fleets\"");
}
