using System.Collections.Immutable;

namespace Knative.Xds.XdsServer.Security;

/// <summary>Which nodes a client certificate may be, and which certificates are operators'.</summary>
/// <remarks>A node's id, cluster and metadata are mere claims; without certificates there is nothing to hold them against.</remarks>
internal sealed class IdentityRules
{
    private const string Id = "{id}";
    private const string Cluster = "{cluster}";
    private const string Fleet = "{fleet}";
    private static readonly ImmutableDictionary<string, string> NoClaims = ImmutableDictionary<string, string>.Empty;
    private readonly ImmutableArray<NameTemplate> _nodes;
    private readonly ImmutableArray<NameTemplate> _operators;

    /// <summary>Reads the rules.</summary>
    /// <exception cref="FormatException">A template is malformed; the message names the option.</exception>
    public IdentityRules(XdsServerOptions options)
    {
        _nodes = NameTemplate.ParseAll("--node-identity", options.NodeIdentity, [Id, Cluster, Fleet]);
        _operators = NameTemplate.ParseAll("--operator-identity", options.OperatorIdentity, []);
    }

    /// <summary>Why a peer may not be a node; null when it may.</summary>
    public string? WhyNot(StreamPeer peer, NodeClaims node)
    {
        if (!peer.HasCertificate || _nodes.IsEmpty)
        {
            return null;
        }

        var claims = new Dictionary<string, string>(StringComparer.Ordinal) { [Id] = node.Id, [Cluster] = node.Cluster, [Fleet] = node.Fleet };
        return Matches(_nodes, peer, claims)
            ? null
            : $"the client certificate ({string.Join(", ", peer.Names.DefaultIfEmpty("without names"))}) is not for node \"{node.Id}\" of cluster \"{node.Cluster}\" and fleet \"{node.Fleet}\", see --node-identity";
    }

    /// <summary>Whether a peer may ask about all nodes: an operator's certificate, or a connection that needs none.</summary>
    public bool IsOperator(StreamPeer peer) => peer.HasCertificate ? Matches(_operators, peer, NoClaims) : peer.IsTrusted;

    private static bool Matches(ImmutableArray<NameTemplate> templates, StreamPeer peer, IReadOnlyDictionary<string, string> claims) =>
        templates.Any(template => peer.Names.Any(name => template.Matches(name, claims)));
}
