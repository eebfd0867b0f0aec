using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using Spectre.Console;

namespace Knative.Xds.Cli.Xds;

/// <summary>Answers for machines.</summary>
internal static class JsonAnswer
{
    private static readonly JsonSerializerOptions Options = new(JsonSerializerDefaults.Web)
    {
        WriteIndented = true,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase) },
    };

    public static string Format<T>(T answer) => JsonSerializer.Serialize(answer, Options);

    // Past the console's wrapping: a line that is cut in two is no JSON.
    public static void Write<T>(IAnsiConsole console, T answer) => console.Profile.Out.Writer.WriteLine(Format(answer));
}
