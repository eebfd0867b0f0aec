using Knative.Xds.Kube.Api;

namespace Knative.Xds.Integration.Kingress.Harness;

/// <summary>Parts of a KIngress.</summary>
internal static class Spec
{
    /// <summary>An external rule for one host.</summary>
    public static KIngressRule External(string host, params KIngressPath[] paths) => External([host], paths);

    /// <summary>An external rule.</summary>
    public static KIngressRule External(string[] hosts, params KIngressPath[] paths) => Rule("ExternalIP", hosts, paths);

    /// <summary>A rule that only the cluster may reach.</summary>
    public static KIngressRule Local(string[] hosts, params KIngressPath[] paths) => Rule("ClusterLocal", hosts, paths);

    /// <summary>A path that matches everything.</summary>
    public static KIngressPath All(params KIngressSplit[] splits) => Path(null, splits);

    /// <summary>A path by prefix.</summary>
    public static KIngressPath Path(string? prefix, params KIngressSplit[] splits) => new() { Path = prefix, Splits = [.. splits] };

    /// <summary>The same path with headers to set.</summary>
    public static KIngressPath Setting(this KIngressPath path, string name, string value)
    {
        (path.AppendHeaders ??= [])[name] = value;
        return path;
    }

    /// <summary>The same path for requests with a header.</summary>
    public static KIngressPath When(this KIngressPath path, string name, string value)
    {
        (path.Headers ??= [])[name] = new KIngressHeaderMatch { Exact = value };
        return path;
    }

    /// <summary>A split without a percentage, which is all of the traffic when it is the only one.</summary>
    public static KIngressSplit To(string service, KIngressPort? port = null) => new() { ServiceName = service, ServicePort = port ?? 80 };

    /// <summary>A split.</summary>
    public static KIngressSplit To(string service, int percent) => new() { ServiceName = service, ServicePort = 80, Percent = percent };

    /// <summary>The same split with a header to set.</summary>
    public static KIngressSplit Setting(this KIngressSplit split, string name, string value)
    {
        (split.AppendHeaders ??= [])[name] = value;
        return split;
    }

    private static KIngressRule Rule(string visibility, string[] hosts, KIngressPath[] paths) =>
        new() { Hosts = [.. hosts], Visibility = visibility, Http = new KIngressHttp { Paths = [.. paths] } };
}
