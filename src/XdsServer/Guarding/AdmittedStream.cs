using Envoy.Config.Core.V3;
using Google.Protobuf;
using Knative.Xds.XdsServer.Fleets;

namespace Knative.Xds.XdsServer.Guarding;

/// <summary>A stream whose client may come in.</summary>
/// <remarks>It lives as long as the stream, for days: it must not keep the first request, which may name all that the client holds.</remarks>
/// <param name="Guard">Holds it to the limits.</param>
/// <param name="Requests">Its requests.</param>
/// <param name="Node">What its client says about itself, without the list of its extensions.</param>
/// <param name="Fleet">The fleet that it is served as.</param>
/// <param name="IsProxyless">It is a gRPC client, and no gateway.</param>
/// <param name="Ending">Fires when it is to end.</param>
internal sealed record AdmittedStream<TRequest>(StreamGuard Guard, GuardedReader<TRequest> Requests, Node Node, Fleet Fleet, bool IsProxyless, CancellationToken Ending)
    where TRequest : class, IMessage;
