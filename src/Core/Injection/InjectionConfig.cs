using Knative.Xds.Core.Configuration;
using Knative.Xds.Core.Wire;

namespace Knative.Xds.Core.Injection;

/// <summary>All of the cluster's settings that decide how a revision runs.</summary>
public sealed record InjectionConfig
{
    /// <value>config-deployment.</value>
    public required DeploymentConfig Deployment { get; init; }
    /// <value>config-defaults.</value>
    public DefaultsConfig Defaults { get; init; } = new();
    /// <value>config-features.</value>
    public FeaturesConfig Features { get; init; } = new();
    /// <value>config-observability.</value>
    public ObservabilityConfig Observability { get; init; } = new();
    /// <value>config-logging.</value>
    public LoggingConfig Logging { get; init; } = new();
    /// <value>initial-scale of config-autoscaler.</value>
    public int InitialScale { get; init; } = 1;
    /// <value>Whether config-network asks for TLS between the system's parts.</value>
    public bool SystemInternalTls { get; init; }
    /// <value>Namespace of the system's own objects.</value>
    public string SystemNamespace { get; init; } = SystemNames.Namespace;
}
