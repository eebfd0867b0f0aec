using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using k8s.Models;

namespace Knative.Xds.Kube.Api;

/// <summary>A Service port as it was written: a number, or a text, which may hold digits too. The hash of an ingress tells them apart.</summary>
/// <param name="Number">The number; 0 when it was written as text.</param>
/// <param name="Text">The text; null when it was written as a number.</param>
[JsonConverter(typeof(Converter))]
public sealed record KIngressPort(int Number, string? Text)
{
    /// <summary>A port by number.</summary>
    public static implicit operator KIngressPort(int number) => FromInt32(number);

    /// <summary>A port by text.</summary>
    public static implicit operator KIngressPort(string text) => FromString(text);

    /// <summary>A port of the client library's type, which does not tell digits in a text from a number.</summary>
    public static implicit operator KIngressPort(IntOrString port) => FromIntOrString(port);

    /// <summary>A port of the client library's type; digits are a number.</summary>
    public static KIngressPort FromIntOrString(IntOrString port) =>
        int.TryParse(port.Value, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : FromString(port.Value);

    /// <summary>A port by number.</summary>
    public static KIngressPort FromInt32(int number) => new(number, null);

    /// <summary>A port by text.</summary>
    public static KIngressPort FromString(string text) => new(0, text);

    /// <inheritdoc/>
    public override string ToString() => Text ?? Number.ToString(CultureInfo.InvariantCulture);

    internal sealed class Converter : JsonConverter<KIngressPort>
    {
        public override KIngressPort Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => reader.TokenType switch
        {
            JsonTokenType.Number => reader.GetInt32(),
            JsonTokenType.String => reader.GetString()!,
            _ => throw new JsonException("a port is a number or a text"),
        };

        public override void Write(Utf8JsonWriter writer, KIngressPort value, JsonSerializerOptions options)
        {
            if (value.Text is null)
            {
                writer.WriteNumberValue(value.Number);
            }
            else
            {
                writer.WriteStringValue(value.Text);
            }
        }
    }
}
