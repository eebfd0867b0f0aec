using System.Globalization;
using Knative.Xds.Sandbox.Processes;

namespace Knative.Xds.Scenarios.Rig;

/// <summary>An xDS server in a process of its own, so that its CPU and memory are measured alone.</summary>
internal sealed class ServerProcess : IDisposable
{
    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(5);
    private readonly HttpClient _admin;
    private readonly ChildProcess _process;

    private ServerProcess(ChildProcess process, int adminPort)
    {
        _process = process;
        _admin = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{adminPort}") };
    }

    /// <summary>Process id.</summary>
    public int Id => _process.Id;

    /// <summary>Starts the server that <see cref="ServerProgram"/> chose; it is ready when <see cref="ReadyAsync"/> returns.</summary>
    public static ServerProcess Start(ProcessHost host, ServerSettings settings)
    {
        var adminPort = settings.AdminPort;
        var log = new StreamWriter(settings.LogFile, append: true) { AutoFlush = true };
        var process = host.Start(new ChildProcessStart
        {
            Command =
            [
                ServerProgram.Location,
                "--kubeconfig", settings.Kubeconfig,
                "--admin-listen", $"127.0.0.1:{adminPort.ToString(CultureInfo.InvariantCulture)}",
                "--listen", $"{settings.Address}:{settings.XdsPort.ToString(CultureInfo.InvariantCulture)}",
                "--external-listen", settings.ExternalListen,
                "--local-listen", settings.LocalListen,
                // Gateways in network namespaces of their own come from other addresses than loopback.
                "--allow-plaintext",
            ],
            OnOutput = line => Write(log, line),
            OnError = line => Write(log, line),
        });
        return new ServerProcess(process, adminPort);
    }

    /// <summary>Waits until the server accepts streams.</summary>
    public async Task ReadyAsync(CancellationToken cancellationToken)
    {
        while (!await IsReadyAsync(cancellationToken))
        {
            if (_process.Exited.IsCompleted)
            {
                throw new InvalidOperationException($"the xDS server ended with code {await _process.Exited}");
            }

            await Task.Delay(Poll, TimeProvider.System, cancellationToken);
        }
    }

    /// <summary>Reads its metrics.</summary>
    public async Task<MetricsSample> MetricsAsync(CancellationToken cancellationToken) =>
        MetricsSample.Parse(await _admin.GetStringAsync(new Uri("/metrics", UriKind.Relative), cancellationToken));

    /// <summary>Ends it at once, as a crash does.</summary>
    public async Task KillAsync()
    {
        _process.Kill();
        await _process.Exited;
    }

    public void Dispose() => _admin.Dispose();

    private static void Write(StreamWriter log, string line)
    {
        lock (log)
        {
            log.WriteLine(line);
        }
    }

    private async Task<bool> IsReadyAsync(CancellationToken cancellationToken)
    {
        try
        {
            using var answer = await _admin.GetAsync(new Uri("/readyz", UriKind.Relative), cancellationToken);
            return answer.IsSuccessStatusCode;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }
}
