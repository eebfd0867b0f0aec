using System.Collections.Immutable;
using Microsoft.Extensions.Logging;

namespace Knative.Xds.Sandbox.Composition;

/// <summary>What <see cref="SandboxSystem"/> starts, and where.</summary>
public sealed record SandboxSettings
{
    /// <value>Gateway to use.</value>
    public GatewayChoice Gateway { get; init; }

    /// <value>Port of the gateway's external listener on 127.0.0.1; the cluster-local one gets the next. Default 8080; 0 means any free pair.</value>
    public int Port { get; init; } = 8080;

    /// <value>Kubeconfig of an existing Kubernetes API; null means the embedded one.</value>
    public string? Kubeconfig { get; init; }

    /// <value>Folder that keeps the embedded API's objects across restarts; null keeps them in memory.</value>
    public string? DataDirectory { get; init; }

    /// <value>Folder for this run's kubeconfig, logs and Envoy bootstrap.</value>
    public required string RunDirectory { get; init; }

    /// <value>Addresses of services and pods, a /16 such as <c>127.77.0.0/16</c>; null means the first of 127.77 to 127.99 that no other sandbox uses.</value>
    public string? PodNetwork { get; init; }

    /// <value>Folders of manifests that are applied at start and watched.</value>
    public ImmutableArray<string> ManifestFolders { get; init; } = [];

    /// <value>Image name to command line, for containers without a command.</value>
    public ImmutableDictionary<string, ImmutableArray<string>> Images { get; init; } = ImmutableDictionary<string, ImmutableArray<string>>.Empty;

    /// <value>Lowest level that the services log. Default Information.</value>
    public LogLevel LogLevel { get; init; } = LogLevel.Information;

    /// <summary>Windows short enough to watch: scale to zero about 15 s after the last request instead of 90.</summary>
    public static ImmutableSortedDictionary<string, string> DemoAutoscalerConfig { get; } = ImmutableSortedDictionary<string, string>.Empty
        .Add("allow-zero-initial-scale", "true").Add("stable-window", "10s").Add("scale-to-zero-grace-period", "3s");

    /// <value>Entries of the ConfigMap config-autoscaler; empty leaves what the API has.</value>
    public ImmutableSortedDictionary<string, string> AutoscalerConfig { get; init; } = ImmutableSortedDictionary<string, string>.Empty;
}
