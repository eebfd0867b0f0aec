using Google.Protobuf;
using Knative.Xds.ControlPlane.Protocol;
using Knative.Xds.ControlPlane.Resources;
using Knative.Xds.XdsServer.Guarding;

namespace Knative.Xds.XdsServer.Streams;

/// <summary>What the two variants of the protocol differ in, for the shell of a stream.</summary>
/// <param name="Name">Name in logs and metrics.</param>
/// <param name="Reading">Reads from a request what limits are about.</param>
/// <param name="Machine">Makes the machine for a stream.</param>
/// <typeparam name="TRequest">Kind of request.</typeparam>
internal sealed record StreamVariant<TRequest>(string Name, RequestReading<TRequest> Reading, Func<StreamPolicy, ResourceSnapshot, StreamMachine<TRequest>> Machine) where TRequest : class, IMessage;
