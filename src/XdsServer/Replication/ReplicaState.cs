using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Serialization;
using Knative.Xds.Core.Model;
using Knative.Xds.Core.Texts;

namespace Knative.Xds.XdsServer.Replication;

/// <summary>What a replica tells the others about its own gateways: by exception, so that it stays small.</summary>
/// <remarks>An ingress is taken by a replica's gateways when the replica has read it (<see cref="Seen"/>) and does not list it (<see cref="Open"/>).</remarks>
internal sealed partial record ReplicaState
{
    /// <summary>Stands for a gateway's words where they do not fit.</summary>
    public const string Unsaid = "-";

    // The annotations of an object may have 256 KiB; a part is for last good states, a little for gateways and all else. Those that wait come first: it is them that others wait for.
    private const int MaxBytes = 208 * 1024;
    private const int MaxWaiting = 500;
    // Of many it suffices to know which they are: whoever refuses them says the rest in its log.
    private const int FewRefused = 100;
    private const int ShortWords = 24;
    // Words are a comfort, and every write has them all.
    private const int WordBytes = 64 * 1024;
    // Of a gateway's words the first name the resource, and the last say what is wrong.
    private const int Head = 60;
    private const int Tail = 140;

    /// <summary>A replica without gateways.</summary>
    public static ReplicaState Empty { get; } = new();

    /// <summary>Gateways by the name of their fleet.</summary>
    public ImmutableSortedDictionary<string, int> Gateways { get; init; } = ImmutableSortedDictionary<string, int>.Empty;
    /// <summary>resourceVersion up to which ingresses have been read, and what follows from them has been sent.</summary>
    public long Seen { get; init; }
    /// <summary>Ingresses that some gateway has not taken; with the gateway's words where it refuses it, or <see cref="Unsaid"/>, else empty.</summary>
    public ImmutableSortedDictionary<string, string> Open { get; init; } = ImmutableSortedDictionary<string, string>.Empty;
    /// <summary>There are more than are listed: any that is not listed may be one.</summary>
    public bool HasMore { get; init; }

    /// <summary>Whether it has no news to wait for.</summary>
    [JsonIgnore]
    public bool IsSettled => !HasMore && Open.Values.All(words => words.Length > 0);

    /// <summary>Makes a state.</summary>
    public static ReplicaState Of(IEnumerable<(string Fleet, int Count)> gateways, long seen, IReadOnlyDictionary<ObjectKey, string> open)
    {
        var waiting = open.Where(entry => entry.Value.Length == 0).Take(MaxWaiting + 1).Select(entry => entry.Key.ToString()).ToList();
        var refused = open.Where(entry => entry.Value.Length > 0).OrderBy(entry => entry.Key).Select(entry => (Key: entry.Key.ToString(), Words: entry.Value)).ToList();
        var room = MaxBytes - waiting.Sum(key => Size(key) + Size(""));
        List<(string Key, string Words)> listed = [.. refused.TakeWhile(entry => (room -= Size(entry.Key) + Size(Unsaid)) >= 0)];
        return new ReplicaState
        {
            Open = waiting.Take(MaxWaiting).Select(key => (Key: key, Words: "")).Concat(Told(listed, Math.Min(room, WordBytes))).ToImmutableSortedDictionary(entry => entry.Key, entry => entry.Words, StringComparer.Ordinal),
            HasMore = waiting.Count > MaxWaiting || listed.Count < refused.Count,
        }.At(gateways, seen);
    }

    /// <summary>The same ingresses, with other gateways or read further.</summary>
    public ReplicaState At(IEnumerable<(string Fleet, int Count)> gateways, long seen) => this with
    {
        Gateways = gateways.Where(fleet => fleet.Count > 0).ToImmutableSortedDictionary(fleet => fleet.Fleet, fleet => fleet.Count, StringComparer.Ordinal),
        Seen = seen,
    };

    /// <summary>With the words of as many as fit.</summary>
    private static IEnumerable<(string Key, string Words)> Told(List<(string Key, string Words)> refused, int room)
    {
        foreach (var (key, words) in refused)
        {
            var told = Excerpt.Mend(refused.Count <= FewRefused ? Shorten(words) : Excerpt.Start(words, ShortWords));
            room -= Size(told);
            yield return (key, room >= 0 ? told : Unsaid);
        }
    }

    // As JSON, with quotes and a mark behind it.
    private static int Size(string text) => JsonEncodedText.Encode(text).EncodedUtf8Bytes.Length + 3;

    private static string Shorten(string words) => words.Length > Head + Tail ? $"{Excerpt.Start(words, Head)} … {Excerpt.End(words, Tail)}" : words;

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
            return text is { Length: > 0 } && JsonSerializer.Deserialize(text, Json.Default.ReplicaState) is { } read ? (read.IsComplete ? read : Unreadable) : Empty;
        }
        catch (Exception malformed) when (malformed is JsonException or ArgumentException)
        {
            return Unreadable;
        }
    }

    private static ReplicaState Unreadable { get; } = Empty with { HasMore = true };

    // JSON may say null where C# does not.
    [JsonIgnore]
    private bool IsComplete => Gateways is not null && Open is not null && Open.Values.All(words => words is not null);

    [JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
    [JsonSerializable(typeof(ReplicaState))]
    private sealed partial class Json : JsonSerializerContext;
}
