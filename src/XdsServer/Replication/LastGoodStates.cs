using System.Collections.Immutable;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using Knative.Xds.Core.Model;

namespace Knative.Xds.XdsServer.Replication;

/// <summary>The last good states of ingresses that are bad now, as replicas tell them each other: one that has never seen an ingress while it was good serves what the others serve.</summary>
/// <remarks>It is the ingress that is told, and not what was made of it: who takes it over translates it among Services and Secrets as they are now.</remarks>
internal static partial class LastGoodStates
{
    /// <summary>Bytes of all together; ingresses for which there is no room, in the order of their names, are left out.</summary>
    public const int MaxBytes = 32 * 1024;
    // A copy of the whole object, which would be told twice.
    private const string LastApplied = "kubectl.kubernetes.io/last-applied-configuration";

    /// <summary>States as text; empty when there is none.</summary>
    public static string Write(IEnumerable<Ingress> states)
    {
        var written = new List<string>();
        var room = MaxBytes - 2;
        foreach (var state in states.OrderBy(state => state.Key))
        {
            var text = JsonSerializer.Serialize(state with { Annotations = state.Annotations.Remove(LastApplied) }, StatesJson.Default.Ingress);
            var size = Encoding.UTF8.GetByteCount(text) + 1;
            if (size <= room)
            {
                room -= size;
                written.Add(text);
            }
        }

        return written.Count == 0 ? "" : $"[{string.Join(',', written)}]";
    }

    /// <summary>Reads what several replicas tell: of each ingress the newest state. What cannot be read, as of another program's version, counts as not told.</summary>
    public static ImmutableDictionary<ObjectKey, Ingress> Read(IEnumerable<string> texts)
    {
        var newest = ImmutableDictionary.CreateBuilder<ObjectKey, Ingress>();
        // Whoever reads the same texts takes the same state, in whatever order they come.
        foreach (var state in texts.Order(StringComparer.Ordinal).SelectMany(Read))
        {
            if (!newest.TryGetValue(state.Key, out var other) || other.Generation < state.Generation)
            {
                newest[state.Key] = state;
            }
        }

        return newest.ToImmutable();
    }

    private static IEnumerable<Ingress> Read(string text)
    {
        try
        {
            // JSON may say null where C# does not.
            return (JsonSerializer.Deserialize(text, StatesJson.Default.IngressArray) ?? [])
                .OfType<Ingress>()
                .Where(state => state.Key is { Namespace.Length: > 0, Name.Length: > 0 });
        }
        catch (Exception malformed) when (malformed is JsonException or ArgumentException)
        {
            return [];
        }
    }

    [JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, UseStringEnumConverter = true, RespectNullableAnnotations = true, RespectRequiredConstructorParameters = true)]
    [JsonSerializable(typeof(Ingress[]))]
    private sealed partial class StatesJson : JsonSerializerContext;
}
