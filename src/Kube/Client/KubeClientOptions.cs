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
    /// <value>Objects in one page of a list. The first page comes from the API's own memory (Kubernetes 1.31 and later); each further one is read from etcd, which can cost
    /// the API many times as much, so that the usual list is one page. Default 50,000.</value>
    public int PageSize { get; set; } = 50_000;
    /// <value>Longest wait for an answer; of a list, for each 128 KiB of it; of a watch, for its headers. Default 60 s.</value>
    public TimeSpan RequestTimeout { get; set; } = TimeSpan.FromSeconds(60);
}
