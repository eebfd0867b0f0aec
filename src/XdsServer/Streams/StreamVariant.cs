using Envoy.Config.Core.V3;
using Google.Protobuf;
using Knative.Xds.ControlPlane.Protocol;
using Knative.Xds.ControlPlane.Resources;

namespace Knative.Xds.XdsServer.Streams;

/// <summary>What the two variants of the protocol differ in, for the shell of a stream.</summary>
/// <param name="Name">Name in logs and metrics.</param>
/// <param name="NodeOf">Reads who sends a request.</param>
/// <param name="Machine">Makes the machine for a stream.</param>
/// <typeparam name="TRequest">Kind of request.</typeparam>
internal sealed record StreamVariant<TRequest>(string Name, Func<TRequest, Node?> NodeOf, Func<ResourceSnapshot, StreamMachine<TRequest>> Machine) where TRequest : class, IMessage;
