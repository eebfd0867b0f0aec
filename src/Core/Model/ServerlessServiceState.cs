namespace Knative.Xds.Core.Model;

/// <summary>A ServerlessService (SKS), as far as routing needs it. It is named like its revision and its public Service.</summary>
public sealed record ServerlessServiceState
{
    /// <summary>Namespace and name.</summary>
    public required ObjectKey Key { get; init; }
    /// <summary>spec.mode.</summary>
    public SksMode Mode { get; init; }
    /// <summary>spec.numActivators; 0 means all.</summary>
    public int NumActivators { get; init; }
    /// <summary>spec.protocolType.</summary>
    public AppProtocol Protocol { get; init; }
    /// <summary>status.privateServiceName; empty until reconciled.</summary>
    public string PrivateServiceName { get; init; } = "";
}
