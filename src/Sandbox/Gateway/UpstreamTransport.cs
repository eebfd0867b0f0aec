namespace Knative.Xds.Sandbox.Gateway;

/// <summary>How to connect to endpoints; clusters with equal ones share connections.</summary>
/// <param name="Http2">HTTP/2 with prior knowledge; otherwise HTTP/1.1.</param>
/// <param name="ConnectTimeout">Longest wait for a connection.</param>
/// <param name="IdleTimeout">Idle connections are closed after it.</param>
internal sealed record UpstreamTransport(bool Http2, TimeSpan ConnectTimeout, TimeSpan IdleTimeout);
