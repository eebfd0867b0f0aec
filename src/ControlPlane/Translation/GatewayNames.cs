using System.Globalization;
using Knative.Xds.Core.Model;

namespace Knative.Xds.ControlPlane.Translation;

/// <summary>Names of the resources that a gateway reads, and of what they share.</summary>
public static class GatewayNames
{
    /// <summary>Visibility of the external listener; also the listener's name.</summary>
    public const string External = "external";
    /// <summary>Visibility of the local listener; also the listener's name.</summary>
    public const string Local = "local";
    /// <summary>Name of the external listener with TLS.</summary>
    public const string ExternalTls = "external-tls";
    /// <summary>Name of the local listener with TLS.</summary>
    public const string LocalTls = "local-tls";
    /// <summary>Request header that tells scopes which listener a request came in by; listeners overwrite it, so clients cannot choose.</summary>
    public const string VisibilityHeader = "x-kxds-visibility";
    /// <summary>Sub-zone of endpoints that are activators.</summary>
    public const string ActivatorZone = "activator";
    /// <summary>Sub-zone of endpoints that are gateways, for clients without one of their own.</summary>
    public const string GatewayZone = "gateway";

    /// <summary>Request header that scopes are found by: the host in lower case, or the wildcard for it; listeners overwrite it, and no backend sees it.</summary>
    public const string HostHeader = "x-kxds-host";

    /// <summary>Name of the route configuration by which a gateway says that it is ready; no ingress can have this name.</summary>
    public const string ReadyRoutes = "~ready";
    /// <summary>Name of the secret with the authorities of activators and queue-proxies; no host can have this name.</summary>
    public const string Authorities = "~authorities";
    /// <summary>Name of the cluster of all Services and ports that do not exist; no Service can have this name.</summary>
    public const string Nobody = "~nobody";
    /// <summary>Name of the external listener for probes.</summary>
    public const string Probe = "probe";
    /// <summary>Name of the external listener for probes with TLS.</summary>
    public const string TlsProbe = "probe-tls";

    /// <summary>Name of a scope.</summary>
    public static string Scope(string visibility, string host) => $"{visibility}|{host}";

    /// <summary>Name of the route configuration of an ingress.</summary>
    public static string RouteConfiguration(ObjectKey ingress, string visibility) => $"{ingress}/{visibility}";

    /// <summary>The ingress that a route configuration is of, <c>namespace/name</c>; null where it is no ingress's but the gateway's own.</summary>
    public static string? IngressOf(string routeConfiguration) => routeConfiguration.LastIndexOf('/') is > 0 and var end ? routeConfiguration[..end] : null;

    /// <summary>Name of the secret that a listener asks for when a client names no host; no host can have this name.</summary>
    public static string DefaultCertificate(string visibility) => $"~default/{visibility}";

    /// <summary>Name of the cluster, and of the endpoints, of a service port that is spoken to as it says itself.</summary>
    public static string Cluster(ObjectKey service, int port) => string.Create(CultureInfo.InvariantCulture, $"{service}/{port}");
}
