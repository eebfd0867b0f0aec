using Envoy.Config.Core.V3;
using Google.Protobuf;

namespace Knative.Xds.XdsServer.Guarding;

/// <summary>Where a kind of request keeps what limits are about.</summary>
/// <param name="NodeOf">The client's description of itself; null when there is none.</param>
/// <param name="HeldNamesOf">Names of resources that the client says it holds.</param>
internal sealed record RequestReading<TRequest>(Func<TRequest, Node?> NodeOf, Func<TRequest, ICollection<string>> HeldNamesOf)
    where TRequest : class, IMessage;
