namespace Knative.Xds.Scenarios.Proxying;

/// <summary>What the scenario prints. Medians over rounds; added times are against the user alone, with few connections.</summary>
internal sealed record ProxyResult(
    string Scenario, string Component, string Protocol, int Connections, double Rps,
    double AddedMsP50, double AddedMsP99, double AddedMsP999, double CpuMicrosPerRequest, double RssMiB, double StartMs)
{
    public double? PeerRps { get; init; }

    public double? RatioRps { get; init; }

    public double? PeerRssMiB { get; init; }

    public double? RatioRss { get; init; }

    public double? PeerStartMs { get; init; }

    public double? EnvoyRps { get; init; }
}
