using Envoy.Config.Core.V3;

namespace Knative.Xds.XdsServer.Introspection;

/// <summary>One connected node on <c>/debug/gateways</c>.</summary>
/// <param name="Node">Its id.</param>
/// <param name="Cluster">Its cluster.</param>
/// <param name="Fleet">The fleet that it is served as.</param>
/// <param name="UserAgent">Program and version, e.g. <c>envoy 1.40.0</c>.</param>
/// <param name="Peer">IP address.</param>
/// <param name="CertificateNames">Names in its client certificate; empty without one.</param>
/// <param name="Stream">Number of its stream in logs.</param>
/// <param name="Variant"><c>delta</c> or <c>sotw</c>.</param>
/// <param name="ConnectedSince">When the stream was opened.</param>
/// <param name="Answers">False while its stream waits for it to read.</param>
/// <param name="Synced">Whether it has taken everything that it should.</param>
/// <param name="Types">What it has, by type.</param>
public sealed record GatewayPage(
    string Node, string Cluster, string Fleet, string UserAgent, string Peer, IReadOnlyList<string> CertificateNames, long Stream, string Variant,
    DateTimeOffset ConnectedSince, bool Answers, bool Synced, IReadOnlyList<TypePage> Types)
{
    internal static GatewayPage Of(GatewayReport report)
    {
        var stream = report.Stream;
        var types = (report.Types ?? []).Select(type => TypePage.Of(stream, type)).ToList();
        return new(
            stream.Node.Id, stream.Node.Cluster, stream.Fleet, UserAgentOf(stream.Node), stream.Peer.Address, stream.Peer.Names, stream.Number, stream.Variant,
            stream.Opened, report.Types is not null, types.Count > 0 && types.TrueForAll(type => type.Stale + type.NotSent + type.Refused == 0), types);
    }

    private static string UserAgentOf(Node node) => node.UserAgentBuildVersion?.Version is { } version
        ? $"{node.UserAgentName} {version.MajorNumber}.{version.MinorNumber}.{version.Patch}"
        : $"{node.UserAgentName} {node.UserAgentVersion}".Trim();
}
