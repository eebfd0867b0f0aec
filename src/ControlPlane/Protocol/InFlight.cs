using System.Collections.Immutable;

namespace Knative.Xds.ControlPlane.Protocol;

/// <summary>A response that the client has not answered yet.</summary>
/// <param name="Nonce">Its nonce.</param>
/// <param name="Offers">What it changes for the client.</param>
internal sealed record InFlight(string Nonce, ImmutableArray<Offer> Offers);
