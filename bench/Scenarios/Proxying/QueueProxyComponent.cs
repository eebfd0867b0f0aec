using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;

namespace Knative.Xds.Scenarios.Proxying;

/// <summary>The queue-proxy, with every feature on that a default cluster has on.</summary>
internal static class QueueProxyComponent
{
    private const int Port = 8012;

    public static ProxyComponent Component { get; } = new("queue-proxy", "KXDS_PEER_QUEUE", Find, Create);

    private static string Find()
    {
        var artifacts = new DirectoryInfo(AppContext.BaseDirectory.TrimEnd(Path.DirectorySeparatorChar)).Parent!.Parent!.Parent!;
        var architecture = RuntimeInformation.OSArchitecture == Architecture.Arm64 ? "arm64" : "x64";
        var path = Path.Combine(artifacts.FullName, "publish", "QueueProxy", $"release_linux-{architecture}", "Knative.Xds.QueueProxy");
        return File.Exists(path) ? path : throw new FileNotFoundException($"{path} is missing: dotnet publish src/QueueProxy -c Release -r linux-{architecture}");
    }

    // Upstream's controller sets the same variables; those of older releases stand beside the newer ones.
    private static ProxyCandidate Create(string program, ProxyProtocol protocol, int userPort)
    {
        var start = new ProcessStartInfo(program) { RedirectStandardError = true, RedirectStandardOutput = true };
        start.Environment.Clear();
        (string Name, string Value)[] variables =
        [
            ("SERVING_NAMESPACE", "default"), ("SERVING_SERVICE", "hello"), ("SERVING_CONFIGURATION", "hello"), ("SERVING_REVISION", "hello-00001"),
            ("SERVING_POD", "hello-00001-pod"), ("SERVING_POD_IP", "127.0.0.1"), ("SERVING_LOGGING_CONFIG", ""), ("SERVING_LOGGING_LEVEL", "info"),
            ("QUEUE_SERVING_PORT", Port.ToString(CultureInfo.InvariantCulture)), ("QUEUE_SERVING_TLS_PORT", "8112"), ("CONTAINER_CONCURRENCY", "0"),
            ("REVISION_TIMEOUT_SECONDS", "300"), ("USER_PORT", userPort.ToString(CultureInfo.InvariantCulture)), ("SYSTEM_NAMESPACE", "knative-serving"),
            ("SERVING_READINESS_PROBE", $$"""{"tcpSocket":{"port":{{userPort}},"host":"127.0.0.1"},"successThreshold":1}"""),
            ("OBSERVABILITY_CONFIG", """{"requestMetrics":{"protocol":"prometheus"}}"""),
            ("METRICS_DOMAIN", "knative.dev/internal/serving"), ("SERVING_REQUEST_METRICS_BACKEND", "prometheus"),
        ];
        foreach (var (name, value) in variables)
        {
            start.Environment[name] = value;
        }

        return new ProxyCandidate(start, Port);
    }
}
