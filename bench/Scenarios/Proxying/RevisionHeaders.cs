using Knative.Xds.Core.Wire;

namespace Knative.Xds.Scenarios.Proxying;

/// <summary>Headers that every request carries, as a gateway adds them.</summary>
internal static class RevisionHeaders
{
    public static IReadOnlyList<(string Name, string Value)> All { get; } =
        [(HeaderNames.RevisionNamespace, ActivatorManifests.Namespace), (HeaderNames.RevisionName, ActivatorManifests.Revision)];

    /// <summary>As arguments of a load generator.</summary>
    public static IEnumerable<string> Arguments => All.SelectMany(header => new[] { "-H", $"{header.Name}: {header.Value}" });
}
