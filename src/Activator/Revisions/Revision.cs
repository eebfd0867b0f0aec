using Knative.Xds.Core.Model;
using Knative.Xds.Core.Wire;
using Knative.Xds.Exchanges;

namespace Knative.Xds.Activation.Revisions;

/// <summary>What the activator needs to know of a revision.</summary>
/// <param name="Key">Namespace and name.</param>
/// <param name="ContainerConcurrency">Requests per pod at once; 0 means no limit.</param>
/// <param name="Protocol">What its container speaks.</param>
internal sealed record Revision(ObjectKey Key, int ContainerConcurrency, AppProtocol Protocol)
{
    /// <summary>Name of its Service (ksvc), for metrics.</summary>
    public string Service { get; init; } = "";

    /// <summary>Name of its Configuration, for metrics.</summary>
    public string Configuration { get; init; } = "";

    /// <summary>A pod that says that it is ready is used, whatever Kubernetes says of it. Not where only the kubelet can tell.</summary>
    public bool TrustsProbes { get; init; } = true;

    /// <summary>Its HTTP/1.1 responses may begin before their requests have ended.</summary>
    public bool FullDuplex { get; init; }

    /// <summary>Limits on the time of a request.</summary>
    public required TimeLimits Timeouts { get; init; }

    /// <summary>Host by which a mesh that allows it lets requests through to single pods.</summary>
    public string PassthroughHost => $"{Key.Name}-private.{Key.Namespace}";

    /// <summary>Name of the port that carries its requests.</summary>
    public string PortName => Protocol == AppProtocol.H2C ? Ports.NameHttp2 : Ports.NameHttp;
}
