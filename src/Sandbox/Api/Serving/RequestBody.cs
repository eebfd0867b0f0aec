using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Knative.Xds.Kube.Manifests;
using Knative.Xds.Sandbox.Api.Json;
using Knative.Xds.Sandbox.Api.Protobuf;
using Microsoft.AspNetCore.Http;

namespace Knative.Xds.Sandbox.Api.Serving;

/// <summary>Reads request bodies: JSON, YAML, or the protobuf of built-in kinds, at most 3 MiB as kube-apiserver allows.</summary>
internal static class RequestBody
{
    private const string Protobuf = "application/vnd.kubernetes.protobuf";
    private const int MaxBytes = 3 * 1024 * 1024;

    /// <summary>Media type without parameters; JSON when none is given.</summary>
    public static string MediaType(HttpRequest request) => (request.ContentType ?? "application/json").Split(';')[0].Trim().ToLowerInvariant();

    public static async Task<byte[]> ReadAsync(HttpRequest request, CancellationToken cancellationToken)
    {
        var buffer = new MemoryStream();
        var chunk = new byte[16 * 1024];
        int read;
        while ((read = await request.Body.ReadAsync(chunk, cancellationToken)) > 0)
        {
            buffer.Write(chunk, 0, read);
            if (buffer.Length > MaxBytes)
            {
                throw new ApiException(413, "RequestEntityTooLarge", $"Request entity too large: limit is {MaxBytes}");
            }
        }

        return buffer.ToArray();
    }

    /// <summary>Reads an object; an empty body is null.</summary>
    public static async Task<ParsedObject?> ReadObjectAsync(HttpRequest request, CancellationToken cancellationToken)
    {
        var bytes = await ReadAsync(request, cancellationToken);
        return bytes.Length == 0 ? null : Parse(bytes, MediaType(request));
    }

    public static ParsedObject Parse(byte[] bytes, string mediaType)
    {
        var duplicates = new List<string>();
        return ParseNode(bytes, mediaType, duplicates) is JsonObject value
            ? new ParsedObject(value, duplicates)
            : throw ApiException.BadRequest("the body must be an object");
    }

    public static JsonNode? ParseNode(byte[] bytes, string mediaType, List<string> duplicates)
    {
        if (mediaType == Protobuf)
        {
            return ParseProtobuf(bytes);
        }

        try
        {
            var isYaml = mediaType.EndsWith("yaml", StringComparison.Ordinal) && bytes.FirstOrDefault(letter => !char.IsWhiteSpace((char)letter)) != '{';
            return isYaml ? YamlJson.ParseAll(Encoding.UTF8.GetString(bytes)).OfType<JsonObject>().FirstOrDefault() : JsonReading.Read(bytes, duplicates);
        }
        catch (Exception problem) when (problem is JsonException or FormatException or InvalidOperationException)
        {
            throw ApiException.BadRequest($"the object provided is unrecognized (must be of type JSON or YAML): {problem.Message}");
        }
    }

    private static JsonObject ParseProtobuf(byte[] bytes)
    {
        try
        {
            return ProtobufReading.Read(bytes);
        }
        catch (FormatException problem)
        {
            throw ApiException.UnsupportedMediaType($"{Protobuf}: {problem.Message}; the sandbox reads all objects as JSON and YAML");
        }
    }
}
