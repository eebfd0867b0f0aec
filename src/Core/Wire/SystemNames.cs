namespace Knative.Xds.Core.Wire;

/// <summary>Names of the objects that the system's parts find each other by.</summary>
public static class SystemNames
{
    /// <value>Namespace of the system's own objects, unless SYSTEM_NAMESPACE says otherwise.</value>
    public const string Namespace = "knative-serving";
    /// <value>Service whose endpoints are the activators.</value>
    public const string ActivatorService = "activator-service";
    /// <value>Service whose endpoints are the autoscalers.</value>
    public const string AutoscalerService = "autoscaler";
    /// <value>ConfigMap of the autoscaler.</value>
    public const string ConfigAutoscaler = "config-autoscaler";
    /// <value>ConfigMap of the network layer.</value>
    public const string ConfigNetwork = "config-network";
    /// <value>ConfigMap of net-kourier's gateways.</value>
    public const string ConfigKourier = "config-kourier";
    /// <value>Secret whose <c>ca.crt</c> the certificates of activators and queue-proxies go back to.</value>
    public const string RoutingCertificates = "routing-serving-certs";
    /// <value>DNS suffix of the cluster, unless CLUSTER_DOMAIN says otherwise.</value>
    public const string ClusterDomain = "cluster.local";
}
