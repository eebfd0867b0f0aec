namespace Knative.Xds.Scenarios.Proxying;

/// <summary>One candidate in one round.</summary>
/// <param name="Rps">Requests per second with all connections.</param>
/// <param name="CpuMicros">CPU time of a request.</param>
/// <param name="RssMiB">Resident memory after them.</param>
/// <param name="Light">Times with few connections, where nothing queues; of our own program alone.</param>
internal sealed record ProxyFigures(double Rps, double CpuMicros, double RssMiB, LoadResult? Light);
