using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;
using k8s;
using k8s.Models;
using Knative.Xds.Core.Model;
using Knative.Xds.Core.Texts;
using Knative.Xds.Kube.Api;

namespace Knative.Xds.Kube.Client;

/// <summary>Bodies of the API: what we send and how answers are read. One object that cannot be read never costs the others.</summary>
internal static class KubeJson
{
    // Nobody here reads who wrote which field: a third of what an object costs to read and to keep. On a PUT without it the API keeps its own.
    static KubeJson()
    {
        try
        {
            KubernetesJson.AddJsonOptions(options =>
            {
                Options = options;
                options.TypeInfoResolver = JsonTypeInfoResolver.Combine(ApiJson.Default, options.TypeInfoResolver).WithAddedModifier(LeaveOutFieldOwners);
            });
        }
        catch (InvalidOperationException)
        {
            // Somebody in this process used the package before us, which fixes its options: field owners are read then, which costs time and nothing else.
        }
    }

    // The package's own, which it hands out in no other way: objects are read from bytes by them, without a detour over text.
    private static JsonSerializerOptions Options { get; set; } = new();

    public static ObjectKey KeyOf(IKubernetesObject<V1ObjectMeta> value) => new(value.Metadata.NamespaceProperty ?? "", value.Metadata.Name ?? "");

    /// <summary>JSON of an object; apiVersion and kind, which the package leaves empty on its own types, are filled in.</summary>
    public static string Serialize<T>(T value) where T : class, IKubernetesObject<V1ObjectMeta>
    {
        Identify(value);
        return KubernetesJson.Serialize(value);
    }

    public static HttpContent Body<T>(T value) where T : class, IKubernetesObject<V1ObjectMeta> => Content(Serialize(value), "application/json");

    public static HttpContent Body(V1DeleteOptions options) => Content(KubernetesJson.Serialize(options), "application/json");

    public static HttpContent Body(V1Patch patch) => Content(patch.Content as string ?? KubernetesJson.Serialize(patch.Content), patch.Type switch
    {
        V1Patch.PatchType.JsonPatch => "application/json-patch+json",
        V1Patch.PatchType.MergePatch => "application/merge-patch+json",
        V1Patch.PatchType.StrategicMergePatch => "application/strategic-merge-patch+json",
        V1Patch.PatchType.ApplyPatch => "application/apply-patch+yaml",
        var unknown => throw new ArgumentException($"unknown patch type {unknown}", nameof(patch)),
    });

    public static T Read<T>(ReadOnlySpan<byte> utf8) where T : class, IKubernetesObject<V1ObjectMeta> => Completed(JsonSerializer.Deserialize(utf8, Info<T>()));

    public static PodScalable ReadScalable(ReadOnlyMemory<byte> utf8) => KubernetesJson.Deserialize<PodScalable>(Encoding.UTF8.GetString(utf8.Span));

    /// <summary>Reads one line of a watch; null when it says nothing that can be used.</summary>
    public static ObjectEvent<T>? ReadEvent<T>(ReadOnlyMemory<byte> line, string path) where T : class, IKubernetesObject<V1ObjectMeta> =>
        ReadUsual<T>(line.Span) ?? ReadAny<T>(line, path);

    /// <summary>The exception for an answer outside 2xx.</summary>
    public static KubeException Refusal(HttpMethod method, string path, int code, string body)
    {
        V1Status? status = null;
        try
        {
            status = KubernetesJson.Deserialize<V1Status>(body);
        }
        catch (JsonException)
        {
            // Proxies and overloaded servers answer in plain text; then the text is all there is.
        }

        var said = status?.Message ?? Excerpt.Start(body, 300);
        return new KubeException(code, status, $"{method} {path}: {code} {status?.Reason}: {said}");
    }

    /// <summary>Reads a change of an object that fits its type, in one go; null for all else.</summary>
    private static ObjectEvent<T>? ReadUsual<T>(ReadOnlySpan<byte> line) where T : class, IKubernetesObject<V1ObjectMeta>
    {
        try
        {
            var reader = new Utf8JsonReader(line);
            if (!reader.Read() || !reader.Read() || !reader.ValueTextEquals("type"u8) || !reader.Read())
            {
                return null;
            }

            ObjectEventType? type = reader.ValueTextEquals("MODIFIED"u8) ? ObjectEventType.Modified
                : reader.ValueTextEquals("ADDED"u8) ? ObjectEventType.Added
                : reader.ValueTextEquals("DELETED"u8) ? ObjectEventType.Deleted
                : null;
            return type is { } known && reader.Read() && reader.ValueTextEquals("object"u8) && reader.Read()
                && JsonSerializer.Deserialize(ref reader, Info<T>()) is { } value && reader.Read() && reader.TokenType == JsonTokenType.EndObject && !reader.Read()
                ? new ObjectEvent<T>(known, Completed(value))
                : null;
        }
        catch (Exception error) when (IsUnreadable(error))
        {
            return null;
        }
    }

    private static ObjectEvent<T>? ReadAny<T>(ReadOnlyMemory<byte> line, string path) where T : class, IKubernetesObject<V1ObjectMeta>
    {
        using var document = JsonDocument.Parse(line);
        var value = document.RootElement.GetProperty("object");
        ObjectEventType? type = Text(document.RootElement, "type") switch
        {
            "ADDED" => ObjectEventType.Added,
            "MODIFIED" => ObjectEventType.Modified,
            "DELETED" => ObjectEventType.Deleted,
            "BOOKMARK" => ObjectEventType.Bookmark,
            "ERROR" => throw Refusal(HttpMethod.Get, path, CodeOf(value), value.GetRawText()),
            _ => null,
        };
        return type is null ? null : ReadEvent<T>(type.Value, value);
    }

    private static ObjectEvent<T>? ReadEvent<T>(ObjectEventType type, JsonElement value) where T : class, IKubernetesObject<V1ObjectMeta>
    {
        try
        {
            return new ObjectEvent<T>(type, Read<T>(value));
        }
        catch (Exception error) when (IsUnreadable(error))
        {
            return MetadataOnly<T>(value) is { } partial
                ? new ObjectEvent<T>(type is ObjectEventType.Deleted or ObjectEventType.Bookmark ? type : ObjectEventType.Undecodable, partial)
                : null;
        }
    }

    private static T Read<T>(JsonElement element) where T : class, IKubernetesObject<V1ObjectMeta> => Completed(element.Deserialize(Info<T>()));

    private static T Completed<T>(T? value) where T : class, IKubernetesObject<V1ObjectMeta>
    {
        if (value is null)
        {
            throw new JsonException("null in place of an object");
        }

        // Items of a list come without apiVersion and kind.
        Identify(value);
        value.Metadata ??= new V1ObjectMeta();
        return value;
    }

    private static T? MetadataOnly<T>(JsonElement value) where T : class, IKubernetesObject<V1ObjectMeta>
    {
        try
        {
            var metadata = JsonNode.Parse(value.GetProperty("metadata").GetRawText());
            return Read<T>(Encoding.UTF8.GetBytes(new JsonObject { ["metadata"] = metadata }.ToJsonString()));
        }
        catch (Exception error) when (IsUnreadable(error) || error is KeyNotFoundException)
        {
            return null;
        }
    }

    // The package's converters throw all of these for values of a wrong kind.
    public static bool IsUnreadable(Exception error) =>
        error is JsonException or FormatException or InvalidOperationException or NotSupportedException or OverflowException or ArgumentException;

    private static void Identify<T>(T value) where T : class, IKubernetesObject<V1ObjectMeta>
    {
        value.ApiVersion ??= ResourcePath.ApiVersion<T>();
        value.Kind ??= ResourcePath.KindName<T>();
    }

    public static string? Text(JsonElement element, string name) =>
        element.ValueKind == JsonValueKind.Object && element.TryGetProperty(name, out var found) && found.ValueKind == JsonValueKind.String ? found.GetString() : null;

    private static int CodeOf(JsonElement status) =>
        status.TryGetProperty("code", out var code) && code.TryGetInt32(out var number) ? number : 500;

    private static JsonTypeInfo<T> Info<T>() => (JsonTypeInfo<T>)Options.GetTypeInfo(typeof(T));

    private static void LeaveOutFieldOwners(JsonTypeInfo info)
    {
        if (info.Type == typeof(V1ObjectMeta) && info.Properties.FirstOrDefault(property => property.Name == "managedFields") is { } owners)
        {
            info.Properties.Remove(owners);
        }
    }

    private static StringContent Content(string text, string mediaType) => new(text, Encoding.UTF8, new MediaTypeHeaderValue(mediaType));
}
