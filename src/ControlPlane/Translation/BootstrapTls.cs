namespace Knative.Xds.ControlPlane.Translation;

/// <summary>How a gateway and the xDS server prove to each other who they are.</summary>
public sealed record BootstrapTls
{
    /// <summary>DNS name in the xDS server's certificate.</summary>
    public required string ServerName { get; init; }
    /// <summary>Folder of the files that <see cref="BootstrapTemplate.RenderSecrets"/> gives.</summary>
    public required string SecretsDirectory { get; init; }
    /// <summary>Folder with tls.crt, tls.key and ca.crt, PEM; they may be replaced while the gateway runs.</summary>
    public required string CertificateDirectory { get; init; }
}
