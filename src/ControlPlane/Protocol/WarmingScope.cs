using Envoy.Config.Route.V3;
using Knative.Xds.ControlPlane.Resources;

namespace Knative.Xds.ControlPlane.Protocol;

/// <summary>A scope that no request can match; it makes a client fetch a route configuration before a real scope is pointed at it.</summary>
/// <remarks>A scope pointed at routes that Envoy 1.40 does not hold drops its old table at once and answers 404 until they arrive; measured, with none lost this way.</remarks>
internal static class WarmingScope
{
    private const string Prefix = "~warm/";

    public static bool IsName(string name) => name.StartsWith(Prefix, StringComparison.Ordinal);

    public static string NameOf(string routeConfiguration) => Prefix + routeConfiguration;

    /// <summary>The scope for a route configuration; its key holds characters that no header value of a listener yields.</summary>
    public static EncodedResource Of(string routeConfiguration)
    {
        var name = NameOf(routeConfiguration);
        return EncodedResource.Of(new ScopedRouteConfiguration
        {
            Name = name,
            RouteConfigurationName = routeConfiguration,
            Key = new() { Fragments = { new ScopedRouteConfiguration.Types.Key.Types.Fragment { StringKey = name } } },
        });
    }
}
