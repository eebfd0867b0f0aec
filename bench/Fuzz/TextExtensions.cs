namespace Knative.Xds.Fuzz;

/// <summary>Texts that protobuf can hold.</summary>
internal static class TextExtensions
{
    /// <summary>The same without halves of surrogate pairs, which UTF-8 has no bytes for.</summary>
    public static string ToWellFormed(this string text) => System.Text.Encoding.UTF8.GetString(System.Text.Encoding.UTF8.GetBytes(text));
}
