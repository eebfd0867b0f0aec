namespace Knative.Xds.XdsServer.Probing;

/// <summary>What an answer to a probe proves.</summary>
/// <remarks>Source: knative/networking pkg/status/status.go. An answer that cannot come from a backend with the hash counts as proof: better early than never.
/// It costs nothing here, as the gateway has acknowledged the routes before it is asked.</remarks>
internal static class ProbeRules
{
    private const int Ok = 200;
    private const int NotFound = 404;
    private const int Unavailable = 503;

    /// <summary>Whether the gateway serves the ingress as its spec is now.</summary>
    /// <param name="code">Status code.</param>
    /// <param name="hash">The hash that came back; empty when none did.</param>
    /// <param name="expected">The hash of the spec.</param>
    public static bool IsProof(int code, string hash, string expected) => code switch
    {
        Ok => hash.Length == 0 || hash == expected,
        NotFound or Unavailable => false,
        _ => true,
    };
}
