using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Envoy.Extensions.Filters.Http.Lua.V3;
using Google.Protobuf;
using Google.Protobuf.Reflection;
using Knative.Xds.Testing;

namespace Knative.Xds.ControlPlane.Tests.Translation;

/// <summary>Expected results in files beside the tests; <c>UPDATE_GOLDEN=1</c> writes them anew.</summary>
internal static class Golden
{
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
    private static readonly JsonFormatter Formatter = new(JsonFormatter.Settings.Default.WithTypeRegistry(AllTypes()));

    /// <summary>The folder of cases in the source tree.</summary>
    public static string CasesFolder { get; } = Path.Combine(Vectors.RepositoryRoot(), "tests", "ControlPlane.Tests", "Translation", "Cases");

    /// <summary>A message as JSON, with the messages inside its Any fields.</summary>
    public static JsonNode Json(IMessage message) => JsonNode.Parse(Formatter.Format(message))!;

    /// <summary>Compares with the file, or writes it.</summary>
    public static void Check(string path, JsonNode actual)
    {
        var text = actual.ToJsonString(Indented) + "\n";
        if (Environment.GetEnvironmentVariable("UPDATE_GOLDEN") == "1")
        {
            File.WriteAllText(path, text);
        }

        Assert.True(File.Exists(path), $"{path} is missing: run with UPDATE_GOLDEN=1 and read what it writes");
        Assert.Equal(File.ReadAllText(path), text, ignoreLineEndingDifferences: true);
    }

    private static TypeRegistry AllTypes() => TypeRegistry.FromFiles(
        typeof(Lua).Assembly.GetTypes()
            .Select(type => type.GetProperty("Descriptor", System.Reflection.BindingFlags.Public | System.Reflection.BindingFlags.Static)?.GetValue(null))
            .OfType<FileDescriptor>());
}
