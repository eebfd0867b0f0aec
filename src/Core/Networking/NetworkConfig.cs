namespace Knative.Xds.Core.Networking;

/// <summary>config-network.</summary>
/// <remarks>Source: knative/networking pkg/config/config.go. Gateways depend on <see cref="SystemInternalTls"/> alone; the rest is read so that a bad value is found here as everywhere.</remarks>
public sealed record NetworkConfig
{
    /// <summary>Ingress class that Serving writes.</summary>
    public string IngressClass { get; init; } = "istio.ingress.networking.knative.dev";
    /// <summary>Certificate class that Serving writes.</summary>
    public string CertificateClass { get; init; } = "cert-manager.certificate.networking.knative.dev";
    /// <summary>Go template of a Route's host.</summary>
    public string DomainTemplate { get; init; } = "{{.Name}}.{{.Namespace}}.{{.Domain}}";
    /// <summary>Go template of a tag's name.</summary>
    public string TagTemplate { get; init; } = "{{.Tag}}-{{.Name}}";
    /// <summary>Serving asks for certificates of external hosts.</summary>
    public bool ExternalDomainTls { get; init; }
    /// <summary>Serving asks for certificates of cluster-local hosts.</summary>
    public bool ClusterLocalDomainTls { get; init; }
    /// <summary>Gateways and activators speak TLS to activators and queue-proxies.</summary>
    public bool SystemInternalTls { get; init; }
    /// <summary>What plain HTTP requests get.</summary>
    public HttpProtocol HttpProtocol { get; init; } = HttpProtocol.Enabled;
    /// <summary>Seconds over which a new revision takes over.</summary>
    public long RolloutDurationSeconds { get; init; }
    /// <summary>Serving makes ClusterDomainClaims by itself.</summary>
    public bool AutocreateClusterDomainClaims { get; init; }
    /// <summary>Namespaces that get a wildcard certificate; null for none.</summary>
    public LabelSelector? NamespaceWildcardCertSelector { get; init; }
    /// <summary>Scheme of URLs in statuses.</summary>
    public string DefaultExternalScheme { get; init; } = "http";
    /// <summary>Pods may be addressed one by one although there is a mesh.</summary>
    public bool EnableMeshPodAddressability { get; init; }
    /// <summary>How pods are probed and scraped in a mesh.</summary>
    public MeshCompatibilityMode MeshCompatibilityMode { get; init; } = MeshCompatibilityMode.Auto;
}
