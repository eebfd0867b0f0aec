using Envoy.Config.Route.V3;
using Envoy.Extensions.TransportSockets.Tls.V3;
using Knative.Xds.ControlPlane.Resources;

namespace Knative.Xds.XdsServer.Pipeline;

/// <summary>A resource that belongs to whoever has a host.</summary>
/// <param name="Claim">What is claimed, <c>kind|host</c>.</param>
/// <param name="Resource">The resource.</param>
internal sealed record HostResource(string Claim, EncodedResource Resource)
{
    // A visibility, so that the certificates of a host are claimed apart from its routes: two ingresses may have it on two listeners.
    private const string Certificates = "tls";

    /// <summary>The host that a claim is about.</summary>
    public static string HostOf(string claim) => claim[(claim.IndexOf('|', StringComparison.Ordinal) + 1)..];

    public static HostResource Of(ScopedRouteConfiguration scope) => new(scope.Name, EncodedResource.Of(scope));

    public static HostResource Of(Secret certificate) => new($"{Certificates}|{certificate.Name}", EncodedResource.Of(certificate));
}
