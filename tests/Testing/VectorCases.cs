using System.Text.Json;

namespace Knative.Xds.Testing;

/// <summary>Lists of recorded cases, and readers for their members.</summary>
public static class VectorCases
{
    /// <summary>Reads a list of a vector file; skips the running test, with the reason, where there are no vectors.</summary>
    /// <remarks>Errors: as <see cref="Vectors.Read"/>; a list that is absent or empty fails the test, as it would show nothing.</remarks>
    public static IReadOnlyList<JsonElement> OrSkip(string file, string list)
    {
        if (!Vectors.OrSkip(file).TryGetProperty(list, out var cases))
        {
            throw new InvalidDataException($"{file} has no list {list}");
        }

        return cases.GetArrayLength() > 0 ? [.. cases.EnumerateArray()] : throw new InvalidDataException($"the list {list} of {file} is empty");
    }

    /// <summary>A number that JSON may have had to write as text (NaN, Infinity).</summary>
    public static double Double(this JsonElement element) =>
        element.ValueKind == JsonValueKind.String
            ? element.GetString() switch
            {
                "Infinity" => double.PositiveInfinity,
                "-Infinity" => double.NegativeInfinity,
                _ => double.NaN,
            }
            : element.GetDouble();

    /// <summary>A number member that JSON may have had to write as text.</summary>
    public static double Double(this JsonElement element, string member) => element.GetProperty(member).Double();

    /// <summary>A text member; null when it is null.</summary>
    public static string? Text(this JsonElement element, string member) => element.GetProperty(member).GetString();

    /// <summary>An integer member.</summary>
    public static long Long(this JsonElement element, string member) => element.GetProperty(member).GetInt64();
}
