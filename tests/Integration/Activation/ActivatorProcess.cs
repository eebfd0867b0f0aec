using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Text;
using Knative.Xds.Testing;
using Knative.Xds.Testing.Gateways;

namespace Knative.Xds.Integration.Activation;

/// <summary>An activator in a process of its own, so that signals are real.</summary>
internal sealed class ActivatorProcess : IAsyncDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);
    private readonly Process _process;
    private readonly HttpClient _admin;
    private readonly StringBuilder _log = new();

    private ActivatorProcess(Process process, string listen, string adminListen)
    {
        _process = process;
        Port = IPEndPoint.Parse(listen).Port;
        _admin = new HttpClient { BaseAddress = new Uri($"http://{adminListen}") };
    }

    /// <value>Port for requests, on 127.0.0.1.</value>
    public int Port { get; }

    /// <value>What it wrote, for a failing test.</value>
    public string Log
    {
        get
        {
            lock (_log)
            {
                return _log.ToString();
            }
        }
    }

    /// <summary>Starts one and waits until it is ready.</summary>
    public static async Task<ActivatorProcess> StartAsync(string kubeconfig, string autoscalerUrl, TimeSpan drainDelay)
    {
        var addresses = FixedEndPoint.Free(3);
        string[] arguments =
        [
            "--kubeconfig", kubeconfig, "--autoscaler-url", autoscalerUrl, "--listen", addresses[0], "--listen-http2", addresses[1], "--admin-listen", addresses[2],
            "--drain-delay", drainDelay.TotalSeconds.ToString(CultureInfo.InvariantCulture),
        ];
        var start = new ProcessStartInfo(Path.Combine(AppContext.BaseDirectory, "Knative.Xds.Activator"), arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        var activator = new ActivatorProcess(Process.Start(start)!, addresses[0], addresses[2]);
        activator._process.OutputDataReceived += activator.Note;
        activator._process.ErrorDataReceived += activator.Note;
        activator._process.BeginOutputReadLine();
        activator._process.BeginErrorReadLine();
        try
        {
            await Eventually.TrueAsync(activator.IsReadyAsync, Limit);
        }
        catch (TimeoutException late)
        {
            await activator.DisposeAsync();
            throw new TimeoutException(activator.Log, late);
        }

        return activator;
    }

    /// <summary>Requests that wait in it for a pod.</summary>
    public async Task<int> WaitingAsync()
    {
        var metrics = await _admin.GetStringAsync(new Uri("/metrics", UriKind.Relative));
        return metrics.Split('\n').Where(line => line.StartsWith("kn_revision_request_queued{", StringComparison.Ordinal)).Sum(line => int.Parse(line[(line.LastIndexOf(' ') + 1)..], CultureInfo.InvariantCulture));
    }

    /// <summary>What it tells the kubelet.</summary>
    public async Task<(HttpStatusCode Status, string Body)> KubeletProbeAsync()
    {
        using var client = new HttpClient();
        client.DefaultRequestHeaders.TryAddWithoutValidation("User-Agent", "kube-probe/1.33");
        using var answer = await client.GetAsync(new Uri($"http://127.0.0.1:{Port}/"));
        return (answer.StatusCode, await answer.Content.ReadAsStringAsync());
    }

    /// <summary>Sends SIGTERM, as the kubelet does.</summary>
    public async Task TerminateAsync()
    {
        using var kill = Process.Start("kill", ["-TERM", _process.Id.ToString(CultureInfo.InvariantCulture)]);
        await kill.WaitForExitAsync();
    }

    /// <summary>Sends SIGKILL.</summary>
    public void Kill() => _process.Kill();

    /// <summary>Waits for its end and returns its exit code.</summary>
    public async Task<int> ExitedAsync()
    {
        await _process.WaitForExitAsync().Within(Limit);
        return _process.ExitCode;
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
            await _process.WaitForExitAsync();
        }

        _process.Dispose();
        _admin.Dispose();
    }

    private async Task<bool> IsReadyAsync()
    {
        try
        {
            using var answer = await _admin.GetAsync(new Uri("/readyz", UriKind.Relative));
            return answer.IsSuccessStatusCode;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }

    private void Note(object sender, DataReceivedEventArgs line)
    {
        lock (_log)
        {
            _log.AppendLine(line.Data);
        }
    }
}
