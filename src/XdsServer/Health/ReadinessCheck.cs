using Knative.Xds.Hosting;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Knative.Xds.XdsServer.Health;

/// <summary>The gRPC health service's answer: what <c>/readyz</c> says.</summary>
internal sealed class ReadinessCheck(Readiness readiness) : IHealthCheck
{
    /// <inheritdoc/>
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) => Task.FromResult(readiness.IsReady
        ? HealthCheckResult.Healthy()
        : HealthCheckResult.Unhealthy(string.Join("; ", readiness.Problems.Select(problem => $"{problem.Key}: {problem.Value}"))));
}
