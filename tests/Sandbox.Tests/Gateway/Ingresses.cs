using System.Collections.Immutable;
using Knative.Xds.Core.Model;

namespace Knative.Xds.Sandbox.Tests.Gateway;

/// <summary>Ingresses in few words.</summary>
internal static class Ingresses
{
    public static Ingress Of(string name, params IngressRule[] rules) => new() { Key = new ObjectKey("default", name), Rules = [.. rules] };

    public static IngressRule Public(string host, params IngressPath[] paths) => new([host], IngressVisibility.ExternalIP, [.. paths]);

    public static IngressRule Private(string host, params IngressPath[] paths) => new([host], IngressVisibility.ClusterLocal, [.. paths]);

    public static IngressPath To(params (string Service, int Percent)[] splits) => new()
    {
        Splits = [.. splits.Select(split => new IngressSplit
        {
            Service = new ObjectKey("default", split.Service),
            Port = ServicePortRef.Of(80),
            Percent = split.Percent,
            AppendHeaders = Headers(("Knative-Serving-Namespace", "default"), ("Knative-Serving-Revision", split.Service)),
        })],
    };

    public static IngressPath To(string service) => To((service, 100));

    public static ImmutableSortedDictionary<string, string> Headers(params (string Name, string Value)[] headers) =>
        headers.ToImmutableSortedDictionary(header => header.Name, header => header.Value);
}
