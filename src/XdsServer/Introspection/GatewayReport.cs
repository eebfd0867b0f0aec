using System.Collections.Immutable;
using Knative.Xds.ControlPlane.Protocol;

namespace Knative.Xds.XdsServer.Introspection;

/// <summary>What one connected node has.</summary>
/// <param name="Stream">Its stream.</param>
/// <param name="Types">What it has of every type that it asked for; null when its stream did not answer, as it waits for the client to read.</param>
internal sealed record GatewayReport(StreamRecord Stream, ImmutableArray<HeldType>? Types);
