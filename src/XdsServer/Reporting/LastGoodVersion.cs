using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Serialization;
using Knative.Xds.Core.Model;
using Knative.Xds.Kube.Api;

namespace Knative.Xds.XdsServer.Reporting;

/// <summary>The version of a bad ingress that is in effect in its place, kept in its status: so that a server that starts, or is new, serves what the others do.</summary>
internal static partial class LastGoodVersion
{
    /// <summary>Key in the status's annotations.</summary>
    public const string Annotation = "xds.kxds.dev/last-good";
    // An object may have 1.5 MB, and all who watch ingresses read it.
    private const int MaxLength = 256 * 1024;

    /// <summary>Annotations with this version, or without any.</summary>
    public static Dictionary<string, string>? Note(Dictionary<string, string>? annotations, Ingress? version)
    {
        var text = version is null ? null : Write(version);
        if (text == Text(annotations))
        {
            return annotations;
        }

        var noted = new Dictionary<string, string>(annotations ?? [], StringComparer.Ordinal);
        noted.Remove(Annotation);
        if (text is not null)
        {
            noted[Annotation] = text;
        }

        return noted.Count > 0 ? noted : null;
    }

    /// <summary>Whether two statuses keep the same version.</summary>
    public static bool IsSame(KIngressStatus old, KIngressStatus next) => Text(old.Annotations) == Text(next.Annotations);

    /// <summary>The version that a status keeps; null when there is none, or another program wrote it.</summary>
    public static Ingress? Read(KIngressStatus? status)
    {
        try
        {
            return Text(status?.Annotations) is { } text ? JsonSerializer.Deserialize(text, IngressJson.Default.Ingress) : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static string? Write(Ingress version) => JsonSerializer.Serialize(version, IngressJson.Default.Ingress) is { Length: <= MaxLength } text ? text : null;

    private static string? Text(Dictionary<string, string>? annotations) => annotations?.GetValueOrDefault(Annotation);

    [JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, UseStringEnumConverter = true, Converters = [typeof(SortedTexts)])]
    [JsonSerializable(typeof(Ingress))]
    private sealed partial class IngressJson : JsonSerializerContext;

    /// <summary>Their order is part of what gateways get.</summary>
    private sealed class SortedTexts : JsonConverter<ImmutableSortedDictionary<string, string>>
    {
        public override ImmutableSortedDictionary<string, string> Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
        {
            var texts = ImmutableSortedDictionary.CreateBuilder<string, string>(StringComparer.Ordinal);
            if (reader.TokenType != JsonTokenType.StartObject)
            {
                throw new JsonException("an object of texts is expected");
            }

            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                var name = reader.GetString()!;
                reader.Read();
                texts[name] = reader.TokenType == JsonTokenType.String ? reader.GetString()! : throw new JsonException($"{name} is no text");
            }

            return texts.ToImmutable();
        }

        public override void Write(Utf8JsonWriter writer, ImmutableSortedDictionary<string, string> value, JsonSerializerOptions options)
        {
            writer.WriteStartObject();
            foreach (var (name, text) in value)
            {
                writer.WriteString(name, text);
            }

            writer.WriteEndObject();
        }
    }
}
