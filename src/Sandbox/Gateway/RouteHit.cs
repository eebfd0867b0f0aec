namespace Knative.Xds.Sandbox.Gateway;

/// <summary>A request's way through the tables.</summary>
/// <param name="Routes">The route configuration.</param>
/// <param name="VirtualHost">The virtual host.</param>
/// <param name="Route">The route.</param>
/// <param name="Host">Host as the client wrote it, port included.</param>
/// <param name="PathAndQuery">What is asked for.</param>
internal sealed record RouteHit(GatewayRoutes Routes, GatewayVirtualHost VirtualHost, GatewayRoute Route, string Host, string PathAndQuery)
{
    /// <summary>Changes to headers, in the order in which they are made.</summary>
    public IEnumerable<HeaderEdits> Edits(GatewayTarget target)
    {
        HeaderEdits[] fromGeneral = [Routes.Edits, VirtualHost.Edits, Route.Edits, target.Edits];
        return Routes.MostSpecificWins ? fromGeneral : fromGeneral.Reverse();
    }
}
