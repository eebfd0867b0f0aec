namespace Knative.Xds.Activation.Backends;

/// <summary>Whom to probe.</summary>
/// <param name="Address">Where it listens, as <c>ip:port</c>.</param>
/// <param name="Http2">Whether it speaks h2c.</param>
/// <param name="PassthroughHost">Host by which a mesh lets the request through to this very pod; null where there is none.</param>
internal readonly record struct ProbeTarget(string Address, bool Http2, string? PassthroughHost);
