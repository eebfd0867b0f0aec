using System.Text.Json;
using k8s;
using k8s.Models;
using Knative.Xds.Core.Model;

namespace Knative.Xds.Kube.Client;

/// <summary>Reads a list from its bytes as they come, object by object: a server that starts reads dozens of megabytes of them.</summary>
/// <remarks>An object that does not fit its type costs itself, and no other. Errors: <see cref="JsonException"/> of what is no JSON. Threading: one reader.</remarks>
internal sealed class ListReader<T> where T : class, IKubernetesObject<V1ObjectMeta>
{
    private readonly List<T> _items = [];
    private readonly List<UndecodableObject> _undecodable = [];
    private JsonReaderState _state;
    private bool _isInItems;
    private string _version = "";
    private string? _next;

    /// <summary>What has been read so far.</summary>
    public ObjectPage<T> Page => new(_items, _version, _next) { Undecodable = _undecodable };

    /// <summary>Reads as much as is whole; how many bytes that is. The next call begins with those that are left.</summary>
    /// <param name="utf8">The bytes that come next.</param>
    /// <param name="isLast">Whether no more come.</param>
    public int Read(ReadOnlySpan<byte> utf8, bool isLast)
    {
        var reader = new Utf8JsonReader(utf8, isLast, _state);
        var read = 0;
        while (TryStep(ref reader, utf8))
        {
            (_state, read) = (reader.CurrentState, (int)reader.BytesConsumed);
        }

        return read;
    }

    private bool TryStep(ref Utf8JsonReader reader, ReadOnlySpan<byte> utf8)
    {
        if (!reader.Read())
        {
            return false;
        }

        if (_isInItems)
        {
            return TryReadItem(ref reader, utf8);
        }

        if (reader.TokenType != JsonTokenType.PropertyName)
        {
            return true;
        }

        var isItems = reader.ValueTextEquals("items"u8);
        var isMetadata = reader.ValueTextEquals("metadata"u8);
        if (!reader.Read())
        {
            return false;
        }

        _isInItems = isItems && reader.TokenType == JsonTokenType.StartArray;
        return _isInItems || (isMetadata ? TryReadMetadata(ref reader, utf8) : reader.TrySkip());
    }

    private bool TryReadItem(ref Utf8JsonReader reader, ReadOnlySpan<byte> utf8)
    {
        if (reader.TokenType == JsonTokenType.EndArray)
        {
            _isInItems = false;
            return true;
        }

        if (!TryTake(ref reader, utf8, out var item))
        {
            return false;
        }

        ReadItem(item);
        return true;
    }

    private bool TryReadMetadata(ref Utf8JsonReader reader, ReadOnlySpan<byte> utf8)
    {
        if (!TryTake(ref reader, utf8, out var value))
        {
            return false;
        }

        using var document = Parse(value);
        _version = KubeJson.Text(document.RootElement, "resourceVersion") ?? "";
        _next = KubeJson.Text(document.RootElement, "continue") is { Length: > 0 } next ? next : null;
        return true;
    }

    private static bool TryTake(ref Utf8JsonReader reader, ReadOnlySpan<byte> utf8, out ReadOnlySpan<byte> value)
    {
        var start = (int)reader.TokenStartIndex;
        var isWhole = reader.TrySkip();
        value = isWhole ? utf8[start..(int)reader.BytesConsumed] : default;
        return isWhole;
    }

    private void ReadItem(ReadOnlySpan<byte> utf8)
    {
        try
        {
            _items.Add(KubeJson.Read<T>(utf8));
        }
        catch (Exception error) when (KubeJson.IsUnreadable(error))
        {
            using var document = Parse(utf8);
            var metadata = document.RootElement.ValueKind == JsonValueKind.Object && document.RootElement.TryGetProperty("metadata", out var found) ? found : default;
            _undecodable.Add(new UndecodableObject(new ObjectKey(KubeJson.Text(metadata, "namespace") ?? "", KubeJson.Text(metadata, "name") ?? ""), error.Message));
        }
    }

    private static JsonDocument Parse(ReadOnlySpan<byte> utf8)
    {
        var reader = new Utf8JsonReader(utf8);
        return JsonDocument.ParseValue(ref reader);
    }
}
