using Envoy.Config.Core.V3;

namespace Knative.Xds.XdsServer.Proxyless;

/// <summary>Tells gRPC clients from gateways.</summary>
internal static class ProxylessNode
{
    private const string RoleKey = "kxds.role";
    private const string Role = "proxyless";
    private const string UserAgentPrefix = "gRPC";

    /// <summary>Whether a node is a gRPC client: by its user agent, or by what its metadata says.</summary>
    public static bool Is(Node node) =>
        node.UserAgentName.StartsWith(UserAgentPrefix, StringComparison.OrdinalIgnoreCase) ||
        (node.Metadata?.Fields.TryGetValue(RoleKey, out var role) == true && role.StringValue == Role);
}
