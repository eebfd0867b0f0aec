namespace Knative.Xds.Sandbox.Pods;

/// <summary>How a <see cref="PodRunner"/> runs pods.</summary>
public sealed class PodRunnerOptions
{
    /// <value>Name of the Node that the runner registers and runs pods of.</value>
    public string NodeName { get; set; } = "kxds-node";

    /// <value>Addresses of pods, IPv4 with prefix length. All must be local: 127.0.0.0/8 always is.</value>
    public string PodNetwork { get; set; } = "127.77.0.0/16";

    /// <value>Command lines of images, for containers without a command. Looked up with and without the image's tag and digest.</value>
    public IDictionary<string, IReadOnlyList<string>> Images { get; init; } = new Dictionary<string, IReadOnlyList<string>>(StringComparer.Ordinal);

    /// <value>Where the containers' output goes, one folder per pod, removed with the pod. Null means a temporary folder.</value>
    public string? LogDirectory { get; set; }

    /// <value>Address of the HTTPS endpoint that serves <c>kubectl logs</c>; port 0 picks a free one.</value>
    public string KubeletListen { get; set; } = "127.0.0.1:0";

    /// <value>Whether pods that no scheduler has placed are taken. With another scheduler on the same API, set it to false.</value>
    public bool ClaimUnscheduled { get; set; } = true;

    /// <value>Environment that each container starts from; null means the few variables of this process that programs need to start at all.</value>
    public IReadOnlyDictionary<string, string>? BaseEnvironment { get; set; }

    /// <value>How long containers may take to end when the runner stops; a pod's own grace period when that is shorter.</value>
    public TimeSpan ShutdownGrace { get; set; } = TimeSpan.FromSeconds(2);
}
