using Envoy.Config.Route.V3;

namespace Knative.Xds.Sandbox.Gateway;

/// <summary>Which route configuration serves the requests of one key.</summary>
/// <param name="Key">Its fragments in one string, as <see cref="KeyOf"/> joins them.</param>
/// <param name="Routes">Name of the route configuration.</param>
internal sealed record GatewayScope(string Key, string Routes)
{
    public static GatewayScope Of(ScopedRouteConfiguration scope) => scope.RouteConfigurationName.Length > 0
        ? new(KeyOf(scope.Key.Fragments.Select(fragment => fragment.StringKey)), scope.RouteConfigurationName)
        : throw new InvalidDataException($"scope {scope.Name}: route_configuration_name is empty");

    /// <summary>Fragments as one string; no header value holds the separator.</summary>
    public static string KeyOf(IEnumerable<string> fragments) => string.Join('\n', fragments);
}
