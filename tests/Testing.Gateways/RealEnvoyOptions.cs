namespace Knative.Xds.Testing.Gateways;

/// <summary>How a real Envoy is started.</summary>
public sealed record RealEnvoyOptions
{
    /// <summary>Port of the xDS server on 127.0.0.1.</summary>
    public required int XdsPort { get; init; }
    /// <summary>Address of the external listener, which <see cref="RealEnvoy.Http"/> reaches.</summary>
    public required string ExternalListen { get; init; }
    /// <summary>Node id.</summary>
    public string NodeId { get; init; } = "test";
    /// <summary>Name of the fleet in the node's metadata; empty names none.</summary>
    public string Fleet { get; init; } = "";
    /// <summary>Node cluster.</summary>
    public string NodeCluster { get; init; } = "kxds";
    /// <summary>Folder with tls.crt, tls.key and ca.crt for mutual TLS with the xDS server; null means plaintext.</summary>
    public string? CertificateDirectory { get; init; }
    /// <summary>DNS name in the xDS server's certificate.</summary>
    public string ServerName { get; init; } = "xds.test";
    /// <summary>Worker threads.</summary>
    public int Concurrency { get; init; } = 1;
    /// <summary>Turns the product's bootstrap (YAML) into another one; null takes it as it is.</summary>
    public Func<string, string>? Bootstrap { get; init; }
    /// <summary>Further command-line arguments.</summary>
    public IReadOnlyList<string> Arguments { get; init; } = [];
}
