namespace Knative.Xds.Core.Configuration;

/// <summary>Where traces go.</summary>
public sealed record TracingConfig
{
    /// <value><c>none</c>, <c>stdout</c>, <c>grpc</c> or <c>http/protobuf</c>.</value>
    public string Protocol { get; init; } = "none";
    /// <value>URL of an OTLP receiver; may be empty.</value>
    public string Endpoint { get; init; } = "";
    /// <value>Share of requests that are traced, 0 … 1.</value>
    public double SamplingRate { get; init; }
}
