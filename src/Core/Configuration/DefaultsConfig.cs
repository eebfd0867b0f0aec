using Knative.Xds.Core.Templating;

namespace Knative.Xds.Core.Configuration;

/// <summary>What a revision gets that says nothing, with upstream's defaults.</summary>
/// <remarks>Source: knative/serving pkg/apis/config/defaults.go.</remarks>
public sealed record DefaultsConfig
{
    /// <value>Seconds from a request's arrival to the end of its response.</value>
    public long RevisionTimeoutSeconds { get; init; } = 300;
    /// <value>Upper bound of a revision's timeout, in seconds.</value>
    public long MaxRevisionTimeoutSeconds { get; init; } = 600;
    /// <value>Seconds from a request's arrival to the first byte of its response.</value>
    public long ResponseStartTimeoutSeconds { get; init; } = 300;
    /// <value>Seconds without a byte of the response; 0 is no limit.</value>
    public long IdleTimeoutSeconds { get; init; }
    /// <value>Requests that a container takes at a time; 0 is no limit.</value>
    public long ContainerConcurrency { get; init; }
    /// <value>Upper bound of <see cref="ContainerConcurrency"/>.</value>
    public long ContainerConcurrencyMaxLimit { get; init; } = 1000;
    /// <value>Whether a revision may ask for no limit.</value>
    public bool AllowContainerConcurrencyZero { get; init; } = true;
    /// <value>Whether containers get Docker-like variables of every Service; null leaves it to Kubernetes.</value>
    public bool? EnableServiceLinks { get; init; } = false;
    /// <value>What user containers ask for.</value>
    public ContainerResources Requests { get; init; } = new();
    /// <value>What user containers are held to.</value>
    public ContainerResources Limits { get; init; } = new();
    /// <value>Name of a container that has none, over the metadata of its parent.</value>
    public GoTemplate ContainerName { get; init; } = GoTemplate.Parse("user-container");
    /// <value>Name of an init container that has none.</value>
    public GoTemplate InitContainerName { get; init; } = GoTemplate.Parse("init-container");
}
