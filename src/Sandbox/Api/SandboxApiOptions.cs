namespace Knative.Xds.Sandbox.Api;

/// <summary>How to run the embedded Kubernetes API.</summary>
public sealed class SandboxApiOptions
{
    /// <value>Address and port to listen on; a loopback address, as there is no authentication. Port 0 takes any free one.</value>
    public string Listen { get; set; } = "127.0.0.1:0";

    /// <value>Directory that keeps the objects across restarts; null keeps them in memory alone.</value>
    public string? DataDirectory { get; set; }

    /// <value>YAML documents of CustomResourceDefinitions to serve from the start (one string may hold several).</value>
    public IReadOnlyList<string> Crds { get; set; } = [];

    /// <value>Namespaces that exist from the start.</value>
    public IReadOnlyList<string> Namespaces { get; set; } = ["default", "kube-system", "knative-serving"];
}
