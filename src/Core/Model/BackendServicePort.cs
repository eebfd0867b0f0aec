namespace Knative.Xds.Core.Model;

/// <summary>A port of a Service.</summary>
/// <param name="Name">Port name; empty when the Service has one unnamed port. EndpointSlices repeat it.</param>
/// <param name="Port">Service port number.</param>
/// <param name="TargetPort">Port on the pods, by number or name; default when not given.</param>
/// <param name="AppProtocol">Application protocol, e.g. <c>kubernetes.io/h2c</c>; null when absent.</param>
public sealed record BackendServicePort(string Name, int Port, ServicePortRef TargetPort, string? AppProtocol)
{
    /// <summary>Whether backends speak HTTP/2 without TLS: by port name (<c>http2</c>, <c>h2c</c>, prefixes with a dash) or appProtocol.</summary>
    public bool IsHttp2 =>
        AppProtocol is "kubernetes.io/h2c" ||
        Name is "http2" or "h2c" ||
        Name.StartsWith("http2-", StringComparison.Ordinal) ||
        Name.StartsWith("h2c-", StringComparison.Ordinal);
}
