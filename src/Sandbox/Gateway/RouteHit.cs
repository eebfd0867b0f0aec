namespace Knative.Xds.Sandbox.Gateway;

/// <summary>A request's way through the tables.</summary>
/// <param name="Routes">The route configuration.</param>
/// <param name="VirtualHost">The virtual host.</param>
/// <param name="Route">The route.</param>
/// <param name="Host">Host as the client wrote it, port included.</param>
/// <param name="PathAndQuery">What is asked for.</param>
internal sealed record RouteHit(GatewayRoutes Routes, GatewayVirtualHost VirtualHost, GatewayRoute Route, string Host, string PathAndQuery)
{
    /// <summary>Changes to headers, in Envoy's order: a split's always come first.</summary>
    public IEnumerable<HeaderEdits> Edits(GatewayTarget target)
    {
        HeaderEdits[] fromSpecific = [Route.Edits, VirtualHost.Edits, Routes.Edits];
        return [target.Edits, .. Routes.MostSpecificWins ? fromSpecific.Reverse() : fromSpecific];
    }
}
