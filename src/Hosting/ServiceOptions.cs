namespace Knative.Xds.Hosting;

/// <summary>What every service's host needs to know.</summary>
public sealed class ServiceOptions
{
    /// <value>Name of the service in logs and traces, e.g. <c>xds-server</c>.</value>
    public required string Name { get; init; }

    /// <value>Address of <c>/healthz</c>, <c>/readyz</c> and <c>/metrics</c>, as <c>ip:port</c>. Default all addresses, port 9090.</value>
    public string AdminListen { get; init; } = "0.0.0.0:9090";
}
