using Envoy.Config.Core.V3;
using Google.Protobuf;
using Grpc.Core;
using Knative.Xds.XdsServer.Fleets;

namespace Knative.Xds.XdsServer.Guarding;

/// <summary>A stream whose client may come in.</summary>
/// <param name="Guard">Holds it to the limits.</param>
/// <param name="First">Its first request; <paramref name="Requests"/> gives it once more.</param>
/// <param name="Requests">Its requests.</param>
/// <param name="Node">What its client says about itself.</param>
/// <param name="Fleet">The fleet that it is served as.</param>
/// <param name="IsProxyless">It is a gRPC client, and no gateway.</param>
/// <param name="Ending">Fires when it is to end.</param>
internal sealed record AdmittedStream<TRequest>(StreamGuard Guard, TRequest First, IAsyncStreamReader<TRequest> Requests, Node Node, Fleet Fleet, bool IsProxyless, CancellationToken Ending)
    where TRequest : class, IMessage;
