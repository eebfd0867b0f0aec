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
    /// <value>Name of this replica's pod: with its address the identity in the leases. Empty makes one up.</value>
    public string PodName { get; set; } = "";
    /// <value>Whether replicas share the revisions out by leases; false is for one replica alone, which then owns all.</value>
    public bool LeaderElection { get; set; } = true;
    /// <value>Buckets that revisions are divided into, 1 to 10; the same in all replicas. The key buckets of config-leader-election comes first.</value>
    public int Buckets { get; set; } = 1;
    /// <value>How long a bucket stays with an owner that does not renew. Shorter than upstream's 60 s, so that another takes over in less than 15 s. config-leader-election comes first.</value>
    public TimeSpan LeaseDuration { get; set; } = TimeSpan.FromSeconds(8);
    /// <value>After how long without renewal an owner gives up; shorter than <see cref="LeaseDuration"/>.</value>
    public TimeSpan LeaseRenewDeadline { get; set; } = TimeSpan.FromSeconds(5);
    /// <value>Time between renewals.</value>
    public TimeSpan LeaseRetryPeriod { get; set; } = TimeSpan.FromSeconds(1);
    /// <value>DNS suffix of the cluster.</value>
    public string ClusterDomain { get; set; } = SystemNames.ClusterDomain;
    /// <value>How often every revision is decided without being asked. Default 2 s.</value>
    public TimeSpan TickInterval { get; set; } = TimeSpan.FromSeconds(2);
    /// <value>Whether this process reconciles ServerlessServices; false leaves them to Knative's controller.</value>
    public bool SksReconciler { get; set; } = true;
    /// <value>Whether this process reconciles PodAutoscalers of the HPA class; false leaves them to Knative's autoscaler-hpa.</value>
    public bool HpaReconciler { get; set; } = true;
    /// <value>Whether revisions' metrics are published under the names of before Knative 1.19 too, for dashboards that query those.</value>
    public bool OldMetricNames { get; set; } = true;
}
