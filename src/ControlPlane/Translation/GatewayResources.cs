using System.Collections.Immutable;
using Google.Protobuf;

namespace Knative.Xds.ControlPlane.Translation;

/// <summary>All that a gateway gets but what ingresses give it.</summary>
/// <param name="Messages">Listeners, clusters, secrets, scopes and routes, in no order that matters.</param>
public sealed record GatewayResources(ImmutableArray<IMessage> Messages);
