using Knative.Xds.Core.Model;

namespace Knative.Xds.ControlPlane.Translation;

/// <summary>A port of a Service that an ingress routes to, and how gateways speak to it.</summary>
/// <param name="Service">The Service.</param>
/// <param name="Port">The port.</param>
public sealed record BackendPort(BackendService Service, BackendServicePort Port)
{
    /// <summary>An ingress wants HTTP/1.1 although the port offers HTTP/2.</summary>
    public bool IsHttp1Forced { get; init; }
    /// <summary>Its endpoints are activators and queue-proxies that prove by TLS who they are (system-internal-tls).</summary>
    public bool IsSecured { get; init; }

    /// <summary>There is no such Service or port: it stands for a share of the traffic that nobody answers.</summary>
    public bool IsMissing { get; init; }

    /// <summary>Whether HTTP/2 is spoken to it.</summary>
    public bool IsHttp2 => Port.IsHttp2 && !IsHttp1Forced;

    /// <summary>Name of its cluster and of its endpoints: two ingresses that speak to one port in different ways have two clusters.</summary>
    public string ClusterName => IsMissing
        ? GatewayNames.Nobody
        : GatewayNames.Cluster(Service.Key, Port.Port) + (IsSecured ? "/tls" : "") + (Port.IsHttp2 && IsHttp1Forced ? "/http1" : "");

    /// <summary>What a split names that is not there.</summary>
    internal static BackendPort Missing(IngressSplit split) => new(new BackendService { Key = split.Service }, new BackendServicePort("", split.Port.Number, split.Port, null)) { IsMissing = true };
}
