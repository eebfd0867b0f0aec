using System.Collections.Immutable;

namespace Knative.Xds.Core.Configuration;

/// <summary>The cluster's settings of Deployments and their sidecar, with upstream's defaults.</summary>
/// <remarks>Source: knative/serving pkg/deployment/config.go.</remarks>
public sealed record DeploymentConfig
{
    /// <value>Image of the sidecar.</value>
    public required string QueueSidecarImage { get; init; }
    /// <value>Positive, whole seconds.</value>
    public TimeSpan ProgressDeadline { get; init; } = TimeSpan.FromSeconds(600);
    /// <value>Positive.</value>
    public TimeSpan DigestResolutionTimeout { get; init; } = TimeSpan.FromSeconds(10);
    /// <value>Registries whose tags are not resolved to digests.</value>
    public ImmutableSortedSet<string> RegistriesSkippingTagResolving { get; init; } = ConfigTexts.Set("kind.local", "ko.local", "dev.local");
    /// <value>What the sidecar asks for.</value>
    public ContainerResources Requests { get; init; } = new() { Cpu = Quantity.Parse("25m") };
    /// <value>What the sidecar is held to.</value>
    public ContainerResources Limits { get; init; } = new();
    /// <value>Audiences of the sidecar's tokens; an empty one counts for nothing.</value>
    public ImmutableSortedSet<string> TokenAudiences { get; init; } = ConfigTexts.Set("");
    /// <value>PEM of a root that the sidecar's extensions trust; may be empty.</value>
    public string RootCa { get; init; } = "";
    /// <value>Lowest TLS version of the sidecar's server; may be empty.</value>
    public string TlsMinVersion { get; init; } = "";
    /// <value>Highest TLS version of the sidecar's server; may be empty.</value>
    public string TlsMaxVersion { get; init; } = "";
    /// <value>Cipher suites of the sidecar's server, comma-separated; may be empty.</value>
    public string TlsCipherSuites { get; init; } = "";
    /// <value>Curves of the sidecar's server, comma-separated; may be empty.</value>
    public string TlsCurvePreferences { get; init; } = "";
    /// <value>Affinity of pods whose revision asks for none.</value>
    public AffinityKind DefaultAffinity { get; init; }
    /// <value>RuntimeClass names to the labels that select them.</value>
    public ImmutableSortedDictionary<string, ImmutableSortedDictionary<string, string>> RuntimeClasses { get; init; } =
        ImmutableSortedDictionary.Create<string, ImmutableSortedDictionary<string, string>>(StringComparer.Ordinal);
    /// <value>Whether a pod that cannot be scheduled is still waited for.</value>
    public bool PodIsAlwaysSchedulable { get; init; }
}
