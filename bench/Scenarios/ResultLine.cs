using System.Text.Json;

namespace Knative.Xds.Scenarios;

/// <summary>The one line of JSON that a scenario ends with.</summary>
internal static class ResultLine
{
    private static readonly JsonSerializerOptions Options = new(JsonSerializerDefaults.Web) { DefaultIgnoreCondition = System.Text.Json.Serialization.JsonIgnoreCondition.WhenWritingNull };

    /// <summary>Prints a record as one line; names in camel case, absent figures left out.</summary>
    public static void Print<T>(T result) => Console.Out.WriteLine(Text(result));

    /// <summary>That line.</summary>
    public static string Text<T>(T result) => JsonSerializer.Serialize(result, Options);
}
