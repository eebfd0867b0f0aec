using System.Globalization;
using Knative.Xds.Autoscaler.Sharding;
using Knative.Xds.Core.Model;
using Knative.Xds.Core.Wire;
using Knative.Xds.Kube.Client;
using Knative.Xds.Testing;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Testing;

namespace Knative.Xds.Autoscaler.Tests.Sharding;

/// <summary>One of several autoscalers in this process, each on an address of its own, in real time.</summary>
internal sealed class Replica : IAsyncDisposable
{
    private readonly WebApplication _app;
    private bool _stopped;

    private Replica(WebApplication app, string ip) => (_app, Ip) = (app, ip);

    public string Ip { get; }

    public Uri Stats => new($"ws://{Ip}:{Ports.AutoscalerStats}");

    public Uri Admin => new($"http://{Ip}:{Ports.Metrics}");

    public IReadOnlyList<FakeLogRecord> Logs => _app.Services.GetFakeLogCollector().GetSnapshot();

    public static async Task<Replica> StartAsync(string kubeconfig, string ip, int buckets = 1, Action<AutoscalerOptions>? customize = null)
    {
        var options = new AutoscalerOptions
        {
            Kubeconfig = kubeconfig,
            PodName = string.Create(CultureInfo.InvariantCulture, $"autoscaler-{ip}"),
            PodIp = ip,
            Listen = $"{ip}:{Ports.AutoscalerStats}",
            AdminListen = $"{ip}:{Ports.Metrics}",
            Buckets = buckets,
            LeaseDuration = TimeSpan.FromSeconds(2),
            LeaseRenewDeadline = TimeSpan.FromSeconds(1.5),
            LeaseRetryPeriod = TimeSpan.FromSeconds(0.2),
            TickInterval = TimeSpan.FromSeconds(0.5),
        };
        customize?.Invoke(options);
        var app = AutoscalerApp.Create(options, builder => builder.Logging.ClearProviders().AddFakeLogging());
        await app.StartAsync(TestContext.Current.CancellationToken);
        return new Replica(app, ip);
    }

    public bool Owns(string revision) => !_stopped && _app.Services.GetRequiredService<Ownership>().Owns(new ObjectKey("default", revision));

    public Task UntilOwnerAsync(string revision) => Eventually.TrueAsync(() => Owns(revision), TimeSpan.FromSeconds(60));

    public T Get<T>() where T : class => _app.Services.GetRequiredService<T>();

    /// <summary>Cuts it off from the Kubernetes API, with its lease not given back.</summary>
    public void CutOff() => _app.Services.GetRequiredService<KubeClient>().Dispose();

    public async ValueTask DisposeAsync()
    {
        if (!_stopped)
        {
            _stopped = true;
            await _app.StopAsync();
            await _app.DisposeAsync();
        }
    }
}
