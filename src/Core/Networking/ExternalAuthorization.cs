namespace Knative.Xds.Core.Networking;

/// <summary>A service that is asked about every request.</summary>
public sealed record ExternalAuthorization
{
    /// <summary>Host name or IP address (IPv6 without brackets); may be empty, as upstream does not look.</summary>
    public required string Host { get; init; }
    /// <summary>Port; out of range only where upstream takes it too.</summary>
    public required uint Port { get; init; }
    /// <summary>How it is spoken to.</summary>
    public required AuthorizationProtocol Protocol { get; init; }
    /// <summary>Requests pass when it cannot be asked.</summary>
    public bool FailureModeAllow { get; init; }
    /// <summary>Bytes of the body that it is shown.</summary>
    public uint MaxRequestBytes { get; init; } = 8192;
    /// <summary>Milliseconds that it may take.</summary>
    public long TimeoutMilliseconds { get; init; } = 2000;
    /// <summary>Goes before the path (HTTP).</summary>
    public string PathPrefix { get; init; } = "";
    /// <summary>The body is sent as bytes, not as text (gRPC).</summary>
    public bool PackAsBytes { get; init; }
}
