namespace Knative.Xds.Core.Wire;

/// <summary>Request headers of the Knative data path.</summary>
/// <remarks>Source: knative/networking pkg/http/header/header.go, knative/serving pkg/activator/activator.go.</remarks>
public static class HeaderNames
{
    /// <summary>Marks a network probe; its value names the component that must answer.</summary>
    public const string NetworkProbe = "K-Network-Probe";
    /// <summary>Hash of the KIngress that a probe wants to see in effect.</summary>
    public const string NetworkHash = "K-Network-Hash";
    /// <summary>Set by kubelet probes that were rewritten by a mesh.</summary>
    public const string KubeletProbe = "K-Kubelet-Probe";
    /// <summary>Set to <c>activator</c> on requests that the activator forwarded.</summary>
    public const string ProxyRequest = "K-Proxy-Request";
    /// <summary>The Host that the client sent, kept when a proxy rewrites it.</summary>
    public const string OriginalHost = "K-Original-Host";
    /// <summary>Marks requests to a pass-through load balancer.</summary>
    public const string PassthroughLoadBalancer = "K-Passthrough-Lb";
    /// <summary>Namespace of the revision that a request is for.</summary>
    public const string RevisionNamespace = "Knative-Serving-Namespace";
    /// <summary>Name of the revision that a request is for.</summary>
    public const string RevisionName = "Knative-Serving-Revision";
}
