namespace Knative.Xds.Kube.Client;

/// <summary>How to reach a Kubernetes API.</summary>
public sealed class KubeClientOptions
{
    /// <value>Path of a kubeconfig; null means in-cluster configuration, else KUBECONFIG, else ~/.kube/config.</value>
    public string? Kubeconfig { get; set; }
    /// <value>Context in the kubeconfig; null means its current one.</value>
    public string? Context { get; set; }
    /// <value>User-Agent sent with every request; the part before a slash is the field manager of our writes.</value>
    public string UserAgent { get; set; } = "kxds";
    /// <value>Longest wait for an answer; of a watch, for its headers. Default 60 s.</value>
    public TimeSpan RequestTimeout { get; set; } = TimeSpan.FromSeconds(60);
}
