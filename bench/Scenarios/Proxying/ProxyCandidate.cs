using System.Diagnostics;

namespace Knative.Xds.Scenarios.Proxying;

/// <summary>A program that stands between client and user.</summary>
/// <param name="Start">How it is started.</param>
/// <param name="Port">Where it listens, on the loopback address.</param>
internal sealed record ProxyCandidate(ProcessStartInfo Start, int Port);
