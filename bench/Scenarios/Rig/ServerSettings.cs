namespace Knative.Xds.Scenarios.Rig;

/// <summary>How an xDS server of a scenario is started.</summary>
internal sealed record ServerSettings
{
    /// <value>Path of a kubeconfig.</value>
    public required string Kubeconfig { get; init; }
    /// <value>File that its log is added to.</value>
    public required string LogFile { get; init; }
    /// <value>Address that gateways reach it at.</value>
    public string Address { get; init; } = "127.0.0.1";
    /// <value>Port of the xDS streams.</value>
    public required int XdsPort { get; init; }
    /// <value>Port of health and metrics, on loopback.</value>
    public required int AdminPort { get; init; }
    /// <value>Where gateways listen for traffic from outside.</value>
    public required string ExternalListen { get; init; }
    /// <value>Where gateways listen for traffic from the cluster.</value>
    public required string LocalListen { get; init; }
}
