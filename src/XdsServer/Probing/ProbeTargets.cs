using System.Collections.Immutable;
using System.Net;
using Knative.Xds.Core.Model;
using Knative.Xds.XdsServer.Fleets;

namespace Knative.Xds.XdsServer.Probing;

/// <summary>Which requests prove that an ingress is in effect everywhere.</summary>
/// <remarks>Source: knative-extensions/net-kourier pkg/reconciler/ingress/lister.go. There the scheme is chosen for an ingress as a whole, so that one host whose
/// certificate is still being issued keeps all of them from being ready; here for each host.</remarks>
internal static class ProbeTargets
{
    // A name that a wildcard stands for.
    private const string AnyLabel = "kxds-probe";

    /// <summary>One target for each host and gateway.</summary>
    /// <param name="ingress">The ingress.</param>
    /// <param name="fleet">The fleet of the gateways.</param>
    /// <param name="gateways">Addresses of the gateways.</param>
    /// <param name="hasCertificate">Whether a host is served with TLS.</param>
    public static ImmutableArray<ProbeTarget> Of(Ingress ingress, FleetOptions fleet, ImmutableArray<IPAddress> gateways, Func<string, bool> hasCertificate) =>
    [
        .. from rule in ingress.Rules
           from host in rule.Hosts
           let listener = ListenerFor(rule.Visibility == IngressVisibility.ExternalIP, hasCertificate(host), fleet)
           from gateway in gateways
           select new ProbeTarget(ingress.Key, ingress.Hash, new IPEndPoint(gateway, listener.Port), listener.IsTls, Named(host)),
    ];

    /// <summary>The Service whose endpoints are a fleet's gateways; null when the fleet names none.</summary>
    public static ObjectKey? ServiceOf(FleetOptions fleet) =>
        fleet.ProbeService is { } named ? Split(named, '/', static parts => new ObjectKey(parts[0], parts[1]))
        : Split(fleet.PrivateAddress, '.', static parts => new ObjectKey(parts[1], parts[0]));

    private static ObjectKey? Split(string text, char separator, Func<string[], ObjectKey> read) => text.Split(separator) is { Length: >= 2 } parts ? read(parts) : null;

    private static (int Port, bool IsTls) ListenerFor(bool external, bool certified, FleetOptions fleet)
    {
        var (plain, tls) = external
            ? (fleet.ProbeListen ?? fleet.ExternalListen, fleet.TlsProbeListen ?? fleet.ExternalTlsListen)
            : (fleet.LocalListen, fleet.LocalTlsListen);
        return certified && tls is not null ? (IPEndPoint.Parse(tls).Port, true) : (IPEndPoint.Parse(plain).Port, false);
    }

    private static string Named(string host) => host.StartsWith('*') ? AnyLabel + host[1..] : host;
}
