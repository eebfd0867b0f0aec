using System.Diagnostics;
using System.Globalization;
using Knative.Xds.Core.Model;
using Knative.Xds.Testing;

namespace Knative.Xds.Activator.Tests.Fakes;

/// <summary>Knative's own queue-proxy, with the environment that Knative's controller gives it.</summary>
internal sealed class UpstreamQueueProxy : IAsyncDisposable
{
    /// <value>Names its program.</value>
    public const string Variable = "KXDS_PEER_QUEUE";
    private readonly Process _process;
    private readonly int _port;

    private UpstreamQueueProxy(Process process, int port) => (_process, _port) = (process, port);

    public ServiceEndpoint Endpoint => FakePod.EndpointAt(_port);

    /// <summary>Skips the test where there is none.</summary>
    public static void SkipWithout() => Assert.SkipWhen(string.IsNullOrEmpty(Environment.GetEnvironmentVariable(Variable)), $"{Variable} names no queue-proxy of Knative's");

    /// <summary>Starts it.</summary>
    /// <param name="userPort">Port of the user container on 127.0.0.1.</param>
    /// <param name="containerConcurrency">Requests at once; 0: any number.</param>
    public static UpstreamQueueProxy Start(int userPort, int containerConcurrency = 0)
    {
        var port = FreePorts.Take(1)[0];
        var start = new ProcessStartInfo(Environment.GetEnvironmentVariable(Variable)!) { RedirectStandardError = true, RedirectStandardOutput = true };
        start.Environment.Clear();
        foreach (var (name, value) in new[]
        {
            ("SERVING_NAMESPACE", TestActivator.Revision.Namespace), ("SERVING_SERVICE", "hello"), ("SERVING_CONFIGURATION", "hello"), ("SERVING_REVISION", TestActivator.Revision.Name),
            ("SERVING_POD", "hello-00001-pod"), ("SERVING_POD_IP", "127.0.0.1"), ("SERVING_LOGGING_CONFIG", ""), ("SERVING_LOGGING_LEVEL", "info"),
            ("QUEUE_SERVING_PORT", Text(port)), ("QUEUE_SERVING_TLS_PORT", Text(FreePorts.Take(1)[0])), ("CONTAINER_CONCURRENCY", Text(containerConcurrency)),
            ("REVISION_TIMEOUT_SECONDS", "300"), ("USER_PORT", Text(userPort)), ("SYSTEM_NAMESPACE", "knative-serving"),
            ("SERVING_READINESS_PROBE", $$"""{"tcpSocket":{"port":{{userPort}},"host":"127.0.0.1"},"successThreshold":1}"""),
            ("OBSERVABILITY_CONFIG", """{"requestMetrics":{"protocol":"prometheus"}}"""),
            ("METRICS_DOMAIN", "knative.dev/internal/serving"), ("SERVING_REQUEST_METRICS_BACKEND", "prometheus"),
        })
        {
            start.Environment[name] = value;
        }

        var process = Process.Start(start)!;
        process.OutputDataReceived += static (_, _) => { };
        process.ErrorDataReceived += static (_, _) => { };
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        return new UpstreamQueueProxy(process, port);
    }

    public async ValueTask DisposeAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync();
        _process.Dispose();
    }

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
