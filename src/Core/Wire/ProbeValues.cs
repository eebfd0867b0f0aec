namespace Knative.Xds.Core.Wire;

/// <summary>Values of <see cref="HeaderNames.NetworkProbe"/> and the user agents of probes.</summary>
/// <remarks>Source: knative/networking pkg/http/header/header.go, knative/serving pkg/queue/handler.go.</remarks>
public static class ProbeValues
{
    /// <summary>Asks the activator to answer.</summary>
    public const string Activator = "activator";
    /// <summary>Asks the queue-proxy to answer; its body is the same word.</summary>
    public const string Queue = "queue";
    /// <summary>Asks the ingress data path to answer, echoing the hash.</summary>
    public const string Ingress = "probe";
    /// <summary>User-Agent prefix of the kubelet.</summary>
    public const string KubeletUserAgentPrefix = "kube-probe/";
    /// <summary>User-Agent of the activator's probes.</summary>
    public const string ActivatorUserAgent = "Knative-Activator-Probe";
    /// <summary>User-Agent of the autoscaler's probes.</summary>
    public const string AutoscalerUserAgent = "Knative-Autoscaling-Probe";
    /// <summary>Path of network probes.</summary>
    public const string HealthPath = "/healthz";
}
