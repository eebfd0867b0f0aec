using Knative.Xds.Core.Model;

namespace Knative.Xds.ControlPlane.Translation;

/// <summary>Paths by which a certificate authority checks who owns a host (RFC 8555, HTTP-01); Serving adds them while a certificate is issued.</summary>
internal static class AcmePaths
{
    private const string Prefix = "/.well-known/acme-challenge/";

    /// <summary>Whether a path is one of them: it is answered without TLS, without authorization, and by a solver that knows nothing of Knative.</summary>
    public static bool IsChallenge(IngressPath path) => path.Path.StartsWith(Prefix, StringComparison.Ordinal);
}
