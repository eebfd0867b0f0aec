namespace Knative.Xds.Scenarios.Proxying;

/// <summary>A part of the data path that can be measured alone.</summary>
/// <param name="Name">Value of <c>--component</c>.</param>
/// <param name="PeerVariable">Environment variable that names the program it is compared with.</param>
/// <param name="Find">Path of our program as it ships; an exception says how to build it.</param>
/// <param name="Create">How a program of this kind, ours or the peer's, is started before the user at a port.</param>
internal sealed record ProxyComponent(string Name, string PeerVariable, Func<string> Find, Func<string, ProxyProtocol, int, ProxyCandidate> Create);
