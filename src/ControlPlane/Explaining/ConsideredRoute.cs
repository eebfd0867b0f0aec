namespace Knative.Xds.ControlPlane.Explaining;

/// <summary>A route that a gateway looked at.</summary>
/// <param name="Name">Its name: the rule and path of the ingress, e.g. <c>rules[0].paths[1]</c>.</param>
/// <param name="Match">What it asks for, e.g. <c>prefix /api, header Foo: bar</c>.</param>
/// <param name="Matches">Whether the request has that.</param>
/// <param name="Why">What the request lacks; empty when it matches.</param>
public sealed record ConsideredRoute(string Name, string Match, bool Matches, string Why);
