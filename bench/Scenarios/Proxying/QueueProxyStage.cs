using System.Diagnostics;
using System.Globalization;
using Knative.Xds.Core.Wire;

namespace Knative.Xds.Scenarios.Proxying;

/// <summary>Starts queue-proxies as Knative's controller does, with every feature on that a default cluster has on.</summary>
internal sealed class QueueProxyStage(int userPort) : IProxyStage
{
    public ProxyCandidate Own(string program) => Create(program);

    public ProxyCandidate Peer(string program) => Create(program);

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    // The variables of older releases stand beside the newer ones.
    private ProxyCandidate Create(string program)
    {
        var start = new ProcessStartInfo(program) { RedirectStandardError = true, RedirectStandardOutput = true };
        start.Environment.Clear();
        (string Name, string Value)[] variables =
        [
            ("SERVING_NAMESPACE", "default"), ("SERVING_SERVICE", "hello"), ("SERVING_CONFIGURATION", "hello"), ("SERVING_REVISION", "hello-00001"),
            ("SERVING_POD", "hello-00001-pod"), ("SERVING_POD_IP", "127.0.0.1"), ("SERVING_LOGGING_CONFIG", ""), ("SERVING_LOGGING_LEVEL", "info"),
            ("QUEUE_SERVING_PORT", Ports.BackendHttp.ToString(CultureInfo.InvariantCulture)), ("QUEUE_SERVING_TLS_PORT", "8112"), ("CONTAINER_CONCURRENCY", "0"),
            ("REVISION_TIMEOUT_SECONDS", "300"), ("USER_PORT", userPort.ToString(CultureInfo.InvariantCulture)), ("SYSTEM_NAMESPACE", "knative-serving"),
            ("SERVING_READINESS_PROBE", $$"""{"tcpSocket":{"port":{{userPort}},"host":"127.0.0.1"},"successThreshold":1}"""),
            ("OBSERVABILITY_CONFIG", """{"requestMetrics":{"protocol":"prometheus"}}"""),
            ("METRICS_DOMAIN", "knative.dev/internal/serving"), ("SERVING_REQUEST_METRICS_BACKEND", "prometheus"),
        ];
        foreach (var (name, value) in variables)
        {
            start.Environment[name] = value;
        }

        return new ProxyCandidate(start, Ports.BackendHttp);
    }
}
