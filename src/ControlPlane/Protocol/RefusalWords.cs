using Google.Rpc;

namespace Knative.Xds.ControlPlane.Protocol;

/// <summary>What a client says about a response that it refuses, fit for a log line and a status condition.</summary>
internal static class RefusalWords
{
    // The text of a client: it may hold a whole resource, and whatever bytes it likes. Envoy's says first which resource, then all of it, and last what is wrong with it.
    private const int MaxLength = 1024;
    private const int Head = 200;

    public static string Of(Status error)
    {
        var text = error.Message.Length > MaxLength ? $"{error.Message[..Head]} … {error.Message[^(MaxLength - Head)..]}" : error.Message;
        return string.Create(text.Length, text, (span, source) =>
        {
            for (var i = 0; i < span.Length; i++)
            {
                span[i] = char.IsControl(source[i]) ? ' ' : source[i];
            }
        });
    }
}
