using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using Knative.Xds.Kube.Manifests;

namespace Knative.Xds.XdsServer.Fleets;

/// <summary>Reads the fleets from a YAML or JSON file: a list under <c>fleets</c>, fields in camel case as in <see cref="FleetOptions"/>.</summary>
internal static partial class FleetFile
{
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
            ? [.. fleets.Select(fleet => Read(fleet as JsonObject ?? throw new FormatException("fleets: an entry is no object")))]
            : throw new FormatException("there must be one document with a list \"fleets\"");

    // Reading sets every member, those too that are not there: the defaults are written under what is.
    private static FleetOptions Read(JsonObject fleet)
    {
        var whole = JsonSerializer.SerializeToNode(new FleetOptions(), FleetJson.Default.FleetOptions)!.AsObject();
        foreach (var (name, value) in fleet)
        {
            whole[name] = value?.DeepClone();
        }

        return whole.Deserialize(FleetJson.Default.FleetOptions)!;
    }

    // A misspelt field would silently widen or narrow a fleet.
    [JsonSourceGenerationOptions(JsonSerializerDefaults.Web, UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow)]
    [JsonSerializable(typeof(FleetOptions))]
    private sealed partial class FleetJson : JsonSerializerContext;
}
