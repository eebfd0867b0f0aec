namespace Knative.Xds.Kube.Client;

/// <summary>How to reach a Kubernetes API.</summary>
public sealed class KubeClientOptions
{
    /// <value>Path of a kubeconfig; null means in-cluster configuration, else KUBECONFIG, else ~/.kube/config.</value>
    public string? Kubeconfig { get; set; }
    /// <value>Context in the kubeconfig; null means its current one.</value>
    public string? Context { get; set; }
    /// <value>User-Agent sent with every request.</value>
    public string UserAgent { get; set; } = "kxds";
}
