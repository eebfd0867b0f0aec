using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Serialization;
using Knative.Xds.Core.Model;

namespace Knative.Xds.XdsServer.Replication;

/// <summary>What a replica tells the others about its own gateways: by exception, so that it stays small.</summary>
/// <remarks>An ingress is taken by a replica's gateways when the replica has read it (<see cref="Seen"/>) and does not list it (<see cref="Open"/>).</remarks>
internal sealed partial record ReplicaState
{
    // An annotation may have 256 KiB. Those that wait come first: it is them that others wait for.
    private const int MaxWaiting = 500;
    private const int RefusalBytes = 96 * 1024;
    // Of many it suffices to know which they are: whoever refuses them says the rest in its log.
    private const int FewRefused = 100;
    private const int ShortWords = 24;
    // Of a gateway's words the first name the resource, and the last say what is wrong.
    private const int Head = 60;
    private const int Tail = 140;

    /// <summary>A replica without gateways.</summary>
    public static ReplicaState Empty { get; } = new();

    /// <summary>Gateways by the name of their fleet.</summary>
    public ImmutableSortedDictionary<string, int> Gateways { get; init; } = ImmutableSortedDictionary<string, int>.Empty;
    /// <summary>resourceVersion up to which ingresses have been read, and what follows from them has been sent.</summary>
    public long Seen { get; init; }
    /// <summary>Ingresses that some gateway has not taken; with the gateway's words where it refuses it, else empty.</summary>
    public ImmutableSortedDictionary<string, string> Open { get; init; } = ImmutableSortedDictionary<string, string>.Empty;
    /// <summary>More of them wait than are listed: any may be one. That more are refused than are listed says nothing about the others.</summary>
    public bool HasMore { get; init; }

    /// <summary>Whether it has no news to wait for.</summary>
    [JsonIgnore]
    public bool IsSettled => !HasMore && Open.Values.All(words => words.Length > 0);

    /// <summary>Makes a state.</summary>
    public static ReplicaState Of(IEnumerable<(string Fleet, int Count)> gateways, long seen, IReadOnlyDictionary<ObjectKey, string> open)
    {
        var waiting = open.Where(entry => entry.Value.Length == 0).Take(MaxWaiting + 1).ToList();
        return new()
        {
            Gateways = gateways.Where(fleet => fleet.Count > 0).ToImmutableSortedDictionary(fleet => fleet.Fleet, fleet => fleet.Count, StringComparer.Ordinal),
            Seen = seen,
            Open = waiting.Take(MaxWaiting).Select(entry => (Key: entry.Key.ToString(), Words: "")).Concat(Refused(open))
                .ToImmutableSortedDictionary(entry => entry.Key, entry => entry.Words, StringComparer.Ordinal),
            HasMore = waiting.Count > MaxWaiting,
        };
    }

    private static IEnumerable<(string Key, string Words)> Refused(IReadOnlyDictionary<ObjectKey, string> open)
    {
        var refused = open.Where(entry => entry.Value.Length > 0).OrderBy(entry => entry.Key).ToList();
        var left = RefusalBytes;
        foreach (var (ingress, words) in refused)
        {
            var (key, told) = (ingress.ToString(), refused.Count <= FewRefused ? Shorten(words) : words[..Math.Min(words.Length, ShortWords)]);
            if ((left -= JsonEncodedText.Encode(key).EncodedUtf8Bytes.Length + JsonEncodedText.Encode(told).EncodedUtf8Bytes.Length + 6) < 0)
            {
                yield break;
            }

            yield return (key, told);
        }
    }

    private static string Shorten(string words) => words.Length > Head + Tail ? $"{words[..Head]} … {words[^Tail..]}" : words;

    /// <summary>Whether both say the same about gateways and ingresses, however much was read.</summary>
    public bool IsLike(ReplicaState other) =>
        HasMore == other.HasMore && Gateways.SequenceEqual(other.Gateways) && Open.SequenceEqual(other.Open);

    /// <summary>The state as text.</summary>
    public string Write() => JsonSerializer.Serialize(this, Json.Default.ReplicaState);

    /// <summary>Reads a state; one that cannot be read, as of another program's version, counts as not having read anything.</summary>
    public static ReplicaState Read(string? text)
    {
        try
        {
            return text is { Length: > 0 } ? JsonSerializer.Deserialize(text, Json.Default.ReplicaState) ?? Empty : Empty;
        }
        catch (JsonException)
        {
            return Empty with { HasMore = true };
        }
    }

    [JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
    [JsonSerializable(typeof(ReplicaState))]
    private sealed partial class Json : JsonSerializerContext;
}
