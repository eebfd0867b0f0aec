namespace Knative.Xds.Testing;

/// <summary>Finds real Envoy, kube-apiserver and kubectl: by ENVOY_BIN, KUBEBUILDER_ASSETS, KXDS_TOOLS, then PATH.</summary>
public static class RealComponents
{
    /// <summary>Whether a missing component fails a test instead of skipping it: in CI, unless KXDS_COMPONENTS is <c>optional</c>.</summary>
    public static bool Required => Environment.GetEnvironmentVariable("CI") == "true" && Environment.GetEnvironmentVariable("KXDS_COMPONENTS") != "optional";

    /// <summary>Path of Envoy; null when there is none.</summary>
    public static string? Envoy => Existing(Environment.GetEnvironmentVariable("ENVOY_BIN")) ?? Find("envoy");

    /// <summary>Path of kube-apiserver; null when there is none.</summary>
    public static string? ApiServer => Find("kube-apiserver");

    /// <summary>Path of kube-controller-manager; null when there is none.</summary>
    public static string? ControllerManager => Find("kube-controller-manager");

    /// <summary>Path of etcd; null when there is none.</summary>
    public static string? Etcd => Find("etcd");

    /// <summary>Path of kubectl; null when there is none.</summary>
    public static string? Kubectl => Find("kubectl");

    /// <summary>Returns <paramref name="path"/>, or skips the running test with the reason (in CI: fails it).</summary>
    /// <remarks>Errors: an exception that xunit.v3 reports as a skip (or, in CI, as a failure).</remarks>
    public static string OrSkip(string? path, string component)
    {
        if (path is not null)
        {
            return path;
        }

        var reason = $"{component} is not on this machine (looked in ENVOY_BIN, KUBEBUILDER_ASSETS, KXDS_TOOLS and PATH)";
        // "$XunitDynamicSkip$" is how xunit.v3 tells a skip from a failure.
        throw new InvalidOperationException(Required ? reason : "$XunitDynamicSkip$" + reason);
    }

    private static string? Find(string name)
    {
        var tools = Environment.GetEnvironmentVariable("KXDS_TOOLS");
        string?[] folders =
        [
            Environment.GetEnvironmentVariable("KUBEBUILDER_ASSETS"),
            tools is null ? null : Path.Combine(tools, "bin"),
            .. (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator),
        ];
        return folders.Where(folder => !string.IsNullOrEmpty(folder)).Select(folder => Existing(Path.Combine(folder!, name))).FirstOrDefault(path => path is not null);
    }

    private static string? Existing(string? path) => File.Exists(path) ? path : null;
}
