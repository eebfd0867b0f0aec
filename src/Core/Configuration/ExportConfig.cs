namespace Knative.Xds.Core.Configuration;

/// <summary>Where metrics go.</summary>
public sealed record ExportConfig
{
    /// <value><c>none</c>, <c>prometheus</c>, <c>grpc</c> or <c>http/protobuf</c>.</value>
    public string Protocol { get; init; } = "none";
    /// <value>URL of an OTLP receiver, or the address that is listened on for Prometheus; may be empty.</value>
    public string Endpoint { get; init; } = "";
    /// <value>Zero leaves it to the exporter.</value>
    public TimeSpan ExportInterval { get; init; }
}
