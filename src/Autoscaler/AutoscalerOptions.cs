using Knative.Xds.Core.Wire;

namespace Knative.Xds.Autoscaler;

/// <summary>How an autoscaler runs.</summary>
public sealed class AutoscalerOptions
{
    /// <value>Path of a kubeconfig; null means in-cluster configuration, else KUBECONFIG, else ~/.kube/config.</value>
    public string? Kubeconfig { get; set; }
    /// <value>Namespace of config-autoscaler and of the activators.</value>
    public string SystemNamespace { get; set; } = SystemNames.Namespace;
    /// <value>Address of /healthz, /readyz and /metrics.</value>
    public string AdminListen { get; set; } = "0.0.0.0:9090";
    /// <value>Address of the websocket that takes pushed stats.</value>
    public string Listen { get; set; } = "0.0.0.0:8080";
    /// <value>Address of this replica, as others reach it.</value>
    public string PodIp { get; set; } = "";
    /// <value>DNS suffix of the cluster.</value>
    public string ClusterDomain { get; set; } = SystemNames.ClusterDomain;
    /// <value>How often every revision is decided without being asked. Default 2 s.</value>
    public TimeSpan TickInterval { get; set; } = TimeSpan.FromSeconds(2);
    /// <value>Whether this process reconciles ServerlessServices; false leaves them to Knative's controller.</value>
    public bool SksReconciler { get; set; } = true;
}
