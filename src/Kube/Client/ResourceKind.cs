namespace Knative.Xds.Kube.Client;

/// <summary>A kind that is known at run time only.</summary>
/// <param name="ApiVersion">Group and version; of the core group the version alone.</param>
/// <param name="Plural">Its name in paths.</param>
public sealed record ResourceKind(string ApiVersion, string Plural)
{
    /// <summary>Finds the plural by the rule of English that Kubernetes' own tools go by where they do not ask the API.</summary>
    /// <remarks>Source: k8s.io/apimachinery pkg/api/meta, UnsafeGuessKindToResource.</remarks>
    public static ResourceKind Of(string apiVersion, string kind)
    {
        ArgumentException.ThrowIfNullOrEmpty(kind);
        var singular = kind.ToLowerInvariant();
        return new ResourceKind(apiVersion, singular switch
        {
            _ when singular.EndsWith("endpoints", StringComparison.Ordinal) => singular,
            [.., 's'] => singular + "es",
            [.., 'y'] => singular[..^1] + "ies",
            _ => singular + "s",
        });
    }
}
