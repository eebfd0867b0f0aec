using System.Globalization;
using System.Net.Http.Json;
using Knative.Xds.Autoscaler.Explaining;
using Knative.Xds.Sandbox.Processes;
using Knative.Xds.Scenarios.Rig;

namespace Knative.Xds.Scenarios.Autoscaling;

/// <summary>An autoscaler in a process of its own, so that its CPU and memory are measured alone.</summary>
internal sealed class AutoscalerProcess : IDisposable
{
    private readonly HttpClient _admin;
    private readonly ChildProcess _process;

    private AutoscalerProcess(ChildProcess process, int adminPort) =>
        (_process, _admin) = (process, new HttpClient { BaseAddress = new Uri(string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{adminPort}")) });

    public int Id => _process.Id;

    public static AutoscalerProcess Start(ProcessHost host, string kubeconfig, string directory)
    {
        var ports = FreePorts.Take(2).Select(port => port.ToString(CultureInfo.InvariantCulture)).ToArray();
        var log = new StreamWriter(Path.Combine(directory, "autoscaler.log")) { AutoFlush = true };
        var process = host.Start(new ChildProcessStart
        {
            // SKSs are in the state that a controller left them in.
            Command = [Program, "--kubeconfig", kubeconfig, "--admin-listen", $"127.0.0.1:{ports[0]}", "--listen", $"127.0.0.1:{ports[1]}", "--pod-ip", "127.0.0.1", "--sks-reconciler", "false"],
            OnOutput = line => Write(log, line),
            OnError = line => Write(log, line),
        });
        return new AutoscalerProcess(process, int.Parse(ports[0], CultureInfo.InvariantCulture));
    }

    public async Task<SystemReport> ReportAsync(CancellationToken cancellationToken) =>
        (await _admin.GetFromJsonAsync<SystemReport>("/debug/scale", ScaleJson.Options, cancellationToken))!;

    /// <summary>The same; null while it does not answer yet.</summary>
    public async Task<SystemReport?> FindReportAsync(CancellationToken cancellationToken)
    {
        if (_process.Exited.IsCompleted)
        {
            throw new InvalidOperationException($"the autoscaler ended with code {await _process.Exited}");
        }

        try
        {
            return await ReportAsync(cancellationToken);
        }
        catch (HttpRequestException)
        {
            return null;
        }
    }

    /// <summary>Why a revision has its scale; null when nobody decides it at this moment.</summary>
    public async Task<ScaleReport?> FindExplanationAsync(string revision, CancellationToken cancellationToken)
    {
        using var answer = await _admin.GetAsync(new Uri($"/debug/scale/{revision}", UriKind.Relative), cancellationToken);
        return answer.IsSuccessStatusCode ? await answer.Content.ReadFromJsonAsync<ScaleReport>(ScaleJson.Options, cancellationToken) : null;
    }

    public async Task<MetricsSample> MetricsAsync(CancellationToken cancellationToken) =>
        MetricsSample.Parse(await _admin.GetStringAsync(new Uri("/metrics", UriKind.Relative), cancellationToken));

    public void Dispose() => _admin.Dispose();

    // Built beside this program: artifacts/bin/PROJECT/CONFIGURATION.
    private static string Program
    {
        get
        {
            var own = new DirectoryInfo(AppContext.BaseDirectory.TrimEnd(Path.DirectorySeparatorChar));
            return Path.Combine(own.Parent!.Parent!.FullName, "Autoscaler", own.Name, "Knative.Xds.Autoscaler");
        }
    }

    private static void Write(StreamWriter log, string line)
    {
        lock (log)
        {
            log.WriteLine(line);
        }
    }
}
