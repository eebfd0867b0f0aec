using System.Text.Json.Nodes;
using Google.Protobuf;
using Knative.Xds.Sandbox.Api.Json;
using Knative.Xds.Sandbox.Api.Schemas;

namespace Knative.Xds.Sandbox.Api.Protobuf;

/// <summary>Reads the protobuf form of built-in objects, in which <c>kubectl create KIND</c> sends them, into the JSON form.</summary>
/// <remarks>Source: the envelope is that of apimachinery's protobuf serializer: the bytes <c>k8s\0</c>, then a runtime.Unknown with type and object.
/// Errors: <see cref="FormatException"/> for a type or field that has no number here, or for bytes that are no such message.</remarks>
internal static class ProtobufReading
{
    private const int TypeMetaNumber = 1;
    private const int RawNumber = 2;

    /// <summary>Reads one object.</summary>
    public static JsonObject Read(byte[] bytes)
    {
        if (!bytes.AsSpan().StartsWith("k8s\0"u8))
        {
            throw new FormatException("the bytes do not begin with k8s\\0");
        }

        try
        {
            var envelope = Fields(bytes[4..]);
            var typeMeta = Fields(Part(envelope, TypeMetaNumber));
            var apiVersion = Text(typeMeta, 1);
            var kind = Text(typeMeta, 2);
            var value = ReadMessage(BuiltInTypes.All.GetValueOrDefault(TypeName(apiVersion, kind)) ?? throw Unknown($"{apiVersion} {kind}"), Part(envelope, RawNumber));
            value["apiVersion"] = apiVersion;
            value["kind"] = kind;
            return value;
        }
        catch (Exception problem) when (problem is InvalidProtocolBufferException or InvalidCastException)
        {
            throw new FormatException($"no such message: {problem.Message}", problem);
        }
    }

    private static string TypeName(string apiVersion, string kind)
    {
        var slash = apiVersion.IndexOf('/', StringComparison.Ordinal);
        var group = slash < 0 ? "core" : apiVersion[..slash].Split('.')[0];
        return $"{group}.{apiVersion[(slash + 1)..]}.{kind}";
    }

    private static FormatException Unknown(string what) => new($"{what} is not read as protobuf");

    private static JsonObject ReadMessage(Schema type, byte[] bytes)
    {
        var numbers = ProtobufNumbers.Of(type.Name!) ?? throw Unknown(type.Name!);
        var value = new JsonObject();
        foreach (var (number, raw) in Fields(bytes))
        {
            if (numbers.GetValueOrDefault(number) is { } field)
            {
                Add(value, field, type.Properties[field.Name].Schema, raw);
            }
            else if (raw is not (0UL or byte[] { Length: 0 }))
            {
                throw Unknown($"field {number} of {type.Name}");
            }
        }

        return value;
    }

    private static void Add(JsonObject value, ProtobufField field, Schema schema, object raw)
    {
        if (schema.Type == SchemaType.Array)
        {
            value[field.Name] ??= new JsonArray();
            value[field.Name]!.AsArray().Add(ReadValue(schema.Items!, raw));
        }
        else if (schema.AdditionalProperties is { } values)
        {
            var entry = Fields((byte[])raw);
            value.Child(field.Name)[Text(entry, 1)] = entry.Exists(part => part.Number == 2) ? ReadValue(values, entry.Find(part => part.Number == 2).Raw) : "";
        }
        else if (ReadValue(schema, raw) is { } read && (field.KeepsZero || !IsZero(read)))
        {
            value[field.Name] = read;
        }
    }

    private static JsonNode? ReadValue(Schema schema, object raw) => schema.Type switch
    {
        SchemaType.Boolean => (ulong)raw != 0,
        SchemaType.Integer => (long)(ulong)raw,
        SchemaType.IntOrString => IntOrString((byte[])raw),
        SchemaType.Quantity => Text(Fields((byte[])raw), 1),
        SchemaType.String when schema.Format == "date-time" => Time((byte[])raw),
        SchemaType.String when schema.Format == "byte" => Convert.ToBase64String((byte[])raw),
        SchemaType.String => System.Text.Encoding.UTF8.GetString((byte[])raw),
        SchemaType.Object when schema.Name is not null => ReadMessage(schema, (byte[])raw),
        _ => throw Unknown(schema.Name ?? schema.Type.ToString()),
    };

    private static JsonValue IntOrString(byte[] bytes)
    {
        const ulong IsString = 1;
        var fields = Fields(bytes);
        return Number(fields, 1) == IsString ? JsonValue.Create(Text(fields, 3)) : JsonValue.Create((int)Number(fields, 2));
    }

    private static JsonNode? Time(byte[] bytes)
    {
        var fields = Fields(bytes);
        return fields.Count == 0
            ? null
            : DateTimeOffset.FromUnixTimeSeconds((long)Number(fields, 1)).AddTicks((long)Number(fields, 2) / 100).ToString("yyyy-MM-ddTHH:mm:ss.ffffffZ", System.Globalization.CultureInfo.InvariantCulture);
    }

    private static bool IsZero(JsonNode value) => value switch
    {
        JsonObject map => map.Count == 0,
        JsonValue scalar => scalar.TryGetValue<string>(out var text) ? text.Length == 0 : scalar.TryGetValue<long>(out var number) ? number == 0 : scalar.TryGetValue<int>(out var small) ? small == 0 : scalar.TryGetValue<bool>(out var flag) && !flag,
        _ => false,
    };

    private static byte[] Part(List<(int Number, object Raw)> fields, int number) => fields.Find(field => field.Number == number).Raw is byte[] bytes ? bytes : [];

    private static string Text(List<(int Number, object Raw)> fields, int number) => System.Text.Encoding.UTF8.GetString(Part(fields, number));

    private static ulong Number(List<(int Number, object Raw)> fields, int number) => fields.Find(field => field.Number == number).Raw is ulong value ? value : 0;

    // A field is bytes or a number: which of both, and what they mean, is the schema's to say.
    private static List<(int Number, object Raw)> Fields(byte[] bytes)
    {
        var input = new CodedInputStream(bytes);
        var fields = new List<(int, object)>();
        while (input.ReadTag() is var tag and not 0)
        {
            fields.Add((WireFormat.GetTagFieldNumber(tag), WireFormat.GetTagWireType(tag) switch
            {
                WireFormat.WireType.Varint => input.ReadUInt64(),
                WireFormat.WireType.LengthDelimited => input.ReadBytes().ToByteArray(),
                _ => throw new FormatException($"field {WireFormat.GetTagFieldNumber(tag)} has the wire type {WireFormat.GetTagWireType(tag)}"),
            }));
        }

        return fields;
    }
}
