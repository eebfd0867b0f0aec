using System.Diagnostics;
using System.Globalization;
using System.Net;
using Knative.Xds.Activation;
using Knative.Xds.Testing;

namespace Knative.Xds.Activator.Tests.Fakes;

/// <summary>The activator's program.</summary>
internal sealed class ActivatorProcess : IAsyncDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);
    private static int _started;
    private readonly FakeAutoscaler _autoscaler;
    private readonly Process _process;
    private readonly HttpClient _admin = new();
    private readonly IPAddress _address;

    private ActivatorProcess(FakeAutoscaler autoscaler, Process process, IPAddress address) => (_autoscaler, _process, _address) = (autoscaler, process, address);

    public IPEndPoint EndPoint => new(_address, 8012);

    public long WorkingSetMiB
    {
        get
        {
            _process.Refresh();
            return _process.WorkingSet64 >> 20;
        }
    }

    /// <summary>Starts it; it is ready when this returns.</summary>
    /// <param name="kubeconfig">Where its Kubernetes is.</param>
    /// <param name="onLine">Gets what it prints, line by line.</param>
    /// <param name="limits">Its limits, where they are not the defaults; its heap may have their sum, less what is not heap.</param>
    /// <param name="http2Requests">See <see cref="LimitSum.Rows"/>.</param>
    public static async Task<ActivatorProcess> StartAsync(string kubeconfig, Action<string>? onLine = null, ActivatorOptions? limits = null, int? http2Requests = null)
    {
        var autoscaler = await FakeAutoscaler.StartAsync();
        // Ports are as in a pod, so the process gets an address of its own.
        var address = IPAddress.Parse($"127.93.{Environment.ProcessId % 250}.{Interlocked.Increment(ref _started)}");
        var start = new ProcessStartInfo("dotnet",
        [
            Path.Combine(AppContext.BaseDirectory, "Knative.Xds.Activator.dll"), "--kubeconfig", kubeconfig, "--autoscaler-url", autoscaler.Url,
            "--admin-listen", $"{address}:9090", "--listen", $"{address}:8012", "--listen-http2", $"{address}:8013", "--listen-tls=", "--drain-delay", "0",
            .. Arguments(limits),
        ])
        { RedirectStandardOutput = true, RedirectStandardError = true };
        if (limits is not null)
        {
            start.Environment["DOTNET_GCHeapHardLimit"] = ((long)LimitSum.Heap(limits, http2Requests)).ToString("X", CultureInfo.InvariantCulture);
        }

        var process = Process.Start(start)!;
        process.OutputDataReceived += (_, line) => onLine?.Invoke(line.Data ?? "");
        process.ErrorDataReceived += static (_, _) => { };
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        var activator = new ActivatorProcess(autoscaler, process, address);
        await Eventually.TrueAsync(activator.IsReadyAsync, Limit);
        return activator;
    }

    /// <summary>What <c>/metrics</c> says now.</summary>
    public Task<string> MetricsAsync() => _admin.GetStringAsync(new Uri($"http://{_address}:9090/metrics"), TestContext.Current.CancellationToken);

    public async ValueTask DisposeAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync();
        _process.Dispose();
        _admin.Dispose();
        await _autoscaler.DisposeAsync();
    }

    private static IEnumerable<string> Arguments(ActivatorOptions? limits) => limits is null ? [] : new (string Name, long Value)[]
    {
        ("max-connections", limits.MaxConnections), ("max-http2-connections", limits.MaxHttp2Connections), ("max-requests", limits.MaxRequests),
        ("header-budget-bytes", limits.HeaderBudgetBytes), ("body-budget-bytes", limits.BodyBudgetBytes),
        ("transfer-budget-bytes", limits.TransferBudgetBytes), ("window-budget-bytes", limits.WindowBudgetBytes),
    }.Select(limit => string.Create(CultureInfo.InvariantCulture, $"--{limit.Name}={limit.Value}"));

    private async Task<bool> IsReadyAsync()
    {
        try
        {
            using var response = await _admin.GetAsync(new Uri($"http://{_address}:9090/readyz"), TestContext.Current.CancellationToken);
            return response.IsSuccessStatusCode;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }
}
