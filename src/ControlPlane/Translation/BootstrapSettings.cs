namespace Knative.Xds.ControlPlane.Translation;

/// <summary>What differs between the bootstraps of two gateways.</summary>
public sealed record BootstrapSettings
{
    /// <summary>Unique for each gateway.</summary>
    public required string NodeId { get; init; }
    /// <summary>The same for all gateways of a fleet.</summary>
    public string NodeCluster { get; init; } = "kxds";
    /// <summary>Name of the gateway's fleet; empty for the fleet of that cluster, or the default one.</summary>
    public string Fleet { get; init; } = "";
    /// <summary>Host name or IP address of the xDS server.</summary>
    public required string XdsHost { get; init; }
    /// <summary>Port of the xDS server.</summary>
    public required int XdsPort { get; init; }
    /// <summary>Port of Envoy's admin interface on loopback; 0 takes a free one (Envoy writes it where <c>--admin-address-path</c> says).</summary>
    public int AdminPort { get; init; }
    /// <summary>Bytes of heap that the gateway may use; shortly before, it takes no request and gives memory back. Below the limit of its container.</summary>
    public long MaxHeapBytes { get; init; } = 2L * 1024 * 1024 * 1024;
    /// <summary>Connections that clients may have open at once, those from inside the cluster not counted.</summary>
    public int MaxConnections { get; init; } = 50_000;
    /// <summary>Mutual TLS with the xDS server; null means plaintext.</summary>
    public BootstrapTls? Tls { get; init; }
}
