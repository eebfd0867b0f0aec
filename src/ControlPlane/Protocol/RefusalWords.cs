using Google.Rpc;
using Knative.Xds.Core.Texts;

namespace Knative.Xds.ControlPlane.Protocol;

/// <summary>What a client says about a response that it refuses, fit for a log line and a status condition.</summary>
internal static class RefusalWords
{
    // The text of a client: it may hold a whole resource, and whatever bytes it likes. Envoy's says first which resource, then all of it, and last what is wrong with it.
    private const int MaxLength = 1024;
    private const int Head = 200;
    // Envoy sends 4,096 characters of it and this mark: of a large resource what is wrong with it is not among them. It logs all of them.
    private const string CutMark = "...(truncated)";
    private const string CutNote = "… (the gateway left out what is wrong with it: its log says so, as a warning)";

    public static string Of(Status error)
    {
        var text = Excerpt.Mend(Shortened(error.Message));
        return string.Create(text.Length, text, (span, source) =>
        {
            for (var i = 0; i < span.Length; i++)
            {
                span[i] = char.IsControl(source[i]) ? ' ' : source[i];
            }
        });
    }

    private static string Shortened(string words) =>
        words.EndsWith(CutMark, StringComparison.Ordinal) ? $"{Excerpt.Start(words[..^CutMark.Length], Head)} {CutNote}"
        : words.Length > MaxLength ? $"{Excerpt.Start(words, Head)} … {Excerpt.End(words, MaxLength - Head)}"
        : words;
}
