using Envoy.Config.Core.V3;

namespace Knative.Xds.ControlPlane.Translation;

/// <summary>What one connection to a backend may hold in a gateway's memory.</summary>
/// <remarks>Without them one slow reader of a large answer pins what Envoy allows by itself: 1 MiB, or 16 MiB by HTTP/2's window.
/// Source: Envoy's guide "Configuring Envoy as an edge proxy".</remarks>
internal static class UpstreamLimits
{
    /// <summary>Bytes that are buffered for either side.</summary>
    public const uint BufferBytes = 32 * 1024;
    private const uint StreamWindow = 64 * 1024;
    private const uint ConnectionWindow = 1024 * 1024;

    /// <summary>HTTP/2 with bounded windows.</summary>
    public static Http2ProtocolOptions Http2() => new() { InitialStreamWindowSize = StreamWindow, InitialConnectionWindowSize = ConnectionWindow };
}
