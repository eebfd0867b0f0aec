using System.Text.Json;
using k8s;
using k8s.Models;
using Knative.Xds.Core.Model;

namespace Knative.Xds.Kube.Client;

/// <summary>Reads pages of lists straight from their bytes: a server that starts reads hundreds of megabytes of them.</summary>
internal static class KubeLists
{
    /// <summary>Reads a page. An object that does not fit its type costs itself, and no other.</summary>
    public static ObjectPage<T> ReadPage<T>(ReadOnlyMemory<byte> utf8) where T : class, IKubernetesObject<V1ObjectMeta>
    {
        var items = new List<T>();
        var undecodable = new List<UndecodableObject>();
        var (version, next) = ("", (string?)null);
        var reader = new Utf8JsonReader(utf8.Span);
        while (reader.Read())
        {
            if (reader.CurrentDepth != 1 || reader.TokenType != JsonTokenType.PropertyName)
            {
                continue;
            }

            if (reader.ValueTextEquals("metadata"u8))
            {
                (version, next) = ReadMetadata(ref reader);
            }
            else if (reader.ValueTextEquals("items"u8))
            {
                ReadItems(ref reader, utf8.Span, items, undecodable);
            }
            else
            {
                reader.Skip();
            }
        }

        return new ObjectPage<T>(items, version, next) { Undecodable = undecodable };
    }

    /// <summary>Token of the page after this one, found without reading its objects; null when there is none, or when it stands behind them.</summary>
    public static string? TokenBeforeItems(ReadOnlyMemory<byte> utf8)
    {
        var reader = new Utf8JsonReader(utf8.Span);
        while (reader.Read())
        {
            if (reader.CurrentDepth != 1 || reader.TokenType != JsonTokenType.PropertyName)
            {
                continue;
            }

            if (reader.ValueTextEquals("metadata"u8))
            {
                return ReadMetadata(ref reader).Next;
            }

            if (reader.ValueTextEquals("items"u8))
            {
                break;
            }

            reader.Skip();
        }

        return null;
    }

    private static (string Version, string? Next) ReadMetadata(ref Utf8JsonReader reader)
    {
        reader.Read();
        using var document = JsonDocument.ParseValue(ref reader);
        var next = KubeJson.Text(document.RootElement, "continue");
        return (KubeJson.Text(document.RootElement, "resourceVersion") ?? "", string.IsNullOrEmpty(next) ? null : next);
    }

    private static void ReadItems<T>(ref Utf8JsonReader reader, ReadOnlySpan<byte> utf8, List<T> items, List<UndecodableObject> undecodable) where T : class, IKubernetesObject<V1ObjectMeta>
    {
        reader.Read();
        if (reader.TokenType != JsonTokenType.StartArray)
        {
            reader.Skip();
            return;
        }

        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            var start = (int)reader.TokenStartIndex;
            reader.Skip();
            ReadItem(utf8[start..(int)reader.BytesConsumed], items, undecodable);
        }
    }

    private static void ReadItem<T>(ReadOnlySpan<byte> utf8, List<T> items, List<UndecodableObject> undecodable) where T : class, IKubernetesObject<V1ObjectMeta>
    {
        try
        {
            items.Add(KubeJson.Read<T>(utf8));
        }
        catch (Exception error) when (KubeJson.IsUnreadable(error))
        {
            var reader = new Utf8JsonReader(utf8);
            using var document = JsonDocument.ParseValue(ref reader);
            var metadata = document.RootElement.ValueKind == JsonValueKind.Object && document.RootElement.TryGetProperty("metadata", out var found) ? found : default;
            undecodable.Add(new UndecodableObject(new ObjectKey(KubeJson.Text(metadata, "namespace") ?? "", KubeJson.Text(metadata, "name") ?? ""), error.Message));
        }
    }
}
