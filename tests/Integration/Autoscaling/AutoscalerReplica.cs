using System.Globalization;
using System.Net.Http.Json;
using Knative.Xds.Autoscaler.Explaining;
using Knative.Xds.Core.Model;
using Knative.Xds.Core.Wire;
using Knative.Xds.Sandbox.Processes;

namespace Knative.Xds.Integration.Autoscaling;

/// <summary>An autoscaler in a process of its own, to be killed.</summary>
internal sealed class AutoscalerReplica : IDisposable
{
    private readonly HttpClient _admin;
    private readonly ChildProcess _process;

    private AutoscalerReplica(ChildProcess process, string name, string ip) => (_process, Name, Ip, _admin) =
        (process, name, ip, new HttpClient { BaseAddress = new Uri($"http://{ip}:{Ports.Metrics}"), Timeout = TimeSpan.FromSeconds(30) });

    public string Name { get; }

    public string Ip { get; }

    public Uri Stats => new($"ws://{Ip}:{Ports.AutoscalerStats}");

    public static AutoscalerReplica Start(ProcessHost host, string kubeconfig, string name, string ip, IReadOnlyList<string> arguments, Action<string> log) => new(
        host.Start(new ChildProcessStart
        {
            Command =
            [
                "dotnet", Program, "--kubeconfig", kubeconfig, "--pod-name", name, "--pod-ip", ip,
                "--listen", $"{ip}:{Ports.AutoscalerStats}", "--admin-listen", $"{ip}:{Ports.Metrics}", .. arguments,
            ],
            OnOutput = line => log($"{name}: {line}"),
            OnError = line => log($"{name}: {line}"),
        }),
        name,
        ip);

    public async Task<bool> IsReadyAsync()
    {
        try
        {
            using var answer = await _admin.GetAsync(new Uri("/readyz", UriKind.Relative));
            return answer.IsSuccessStatusCode;
        }
        catch (Exception error) when (error is HttpRequestException or TaskCanceledException)
        {
            return false;
        }
    }

    public async Task<bool> OwnsAsync() => (await SystemAsync()).Buckets.Any(bucket => bucket.Owned);

    public async Task<SystemReport> SystemAsync() => (await _admin.GetFromJsonAsync<SystemReport>("/debug/scale", ScaleJson.Options))!;

    /// <summary>A revision's report; null when it is not decided here.</summary>
    public async Task<ScaleReport?> ExplainAsync(ObjectKey revision)
    {
        using var answer = await _admin.GetAsync(new Uri($"/debug/scale/{revision}", UriKind.Relative));
        return answer.IsSuccessStatusCode ? await answer.Content.ReadFromJsonAsync<ScaleReport>(ScaleJson.Options) : null;
    }

    /// <summary>Sum of a metric's series.</summary>
    public async Task<double> MetricAsync(string name)
    {
        var text = await _admin.GetStringAsync(new Uri("/metrics", UriKind.Relative));
        return text.Split('\n').Where(line => line.StartsWith(name + " ", StringComparison.Ordinal) || line.StartsWith(name + "{", StringComparison.Ordinal))
            .Sum(line => double.Parse(line[(line.LastIndexOf(' ') + 1)..], CultureInfo.InvariantCulture));
    }

    public async Task KillAsync()
    {
        _process.Kill();
        await _process.Exited;
    }

    public void Dispose() => _admin.Dispose();

    private static string Program => Path.Combine(AppContext.BaseDirectory, "..", "..", "Autoscaler", new DirectoryInfo(AppContext.BaseDirectory).Name, "Knative.Xds.Autoscaler.dll");
}
