namespace Knative.Xds.Core.Networking;

/// <summary>Where traces go, and how many.</summary>
public sealed record OpenTelemetryTracing
{
    /// <summary>The endpoint as written.</summary>
    public required string Endpoint { get; init; }
    /// <summary>Its scheme, lower case.</summary>
    public required string Scheme { get; init; }
    /// <summary>Its host (IPv6 without brackets).</summary>
    public required string Host { get; init; }
    /// <summary>Its port.</summary>
    public required int Port { get; init; }
    /// <summary>Its path; may be empty.</summary>
    public required string Path { get; init; }
    /// <summary>OTLP over gRPC, or over HTTP.</summary>
    public bool IsGrpc { get; init; } = true;
    /// <summary>Share of requests, 0 to 1.</summary>
    public double SamplingRate { get; init; } = 1;
    /// <summary>Name of the gateways in traces.</summary>
    public string ServiceName { get; init; } = DefaultServiceName;

    /// <summary>Upstream's name.</summary>
    public const string DefaultServiceName = "kourier-knative";
}
