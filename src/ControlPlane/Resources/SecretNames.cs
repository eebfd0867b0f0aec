using System.Collections.Immutable;

namespace Knative.Xds.ControlPlane.Resources;

/// <summary>Finds the secret for a server name, which clients may spell in any case, and which a wildcard may stand for.</summary>
/// <remarks>Envoy asks for the very name that its client sent, and takes no answer but under that name.</remarks>
public static class SecretNames
{
    /// <summary>The secret under the asked name, as an alias; null when there is none.</summary>
    internal static EncodedResource? Resolve(ImmutableDictionary<string, EncodedResource> secrets, string asked) => Candidates(asked)
        .Select(name => secrets.GetValueOrDefault(name))
        .FirstOrDefault(secret => secret is not null)?.As(asked);

    /// <summary>Names of the secrets that may stand for the asked one, the best first.</summary>
    public static IEnumerable<string> Candidates(string asked)
    {
        var host = asked.TrimEnd('.').ToLowerInvariant();
        yield return host;
        // One label, as in certificates.
        if (host.IndexOf('.', StringComparison.Ordinal) is >= 0 and var dot)
        {
            yield return $"*{host[dot..]}";
        }
    }
}
