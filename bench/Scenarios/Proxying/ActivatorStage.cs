using System.Diagnostics;
using Knative.Xds.Core.Wire;
using Knative.Xds.Kube.Manifests;
using Knative.Xds.Scenarios.Rig;

namespace Knative.Xds.Scenarios.Proxying;

/// <summary>What an activator stands on: a Kubernetes API with one revision whose pods are ready, and an autoscaler that takes its reports.</summary>
internal sealed class ActivatorStage : IProxyStage
{
    private const string PodName = "activator-1";
    private readonly string _folder;
    private readonly KubernetesApi _api;
    private readonly ReportSink _autoscaler;
    private readonly int _port;

    private ActivatorStage(string folder, KubernetesApi api, ReportSink autoscaler, int port) => (_folder, _api, _autoscaler, _port) = (folder, api, autoscaler, port);

    public static async Task<ActivatorStage> StartAsync(ProxyProtocol protocol, int userPort, CancellationToken cancellationToken)
    {
        if (!OwnNetwork.IsEntered)
        {
            throw new InvalidOperationException("activators are measured in a network namespace only, and this machine allows none");
        }

        var folder = Directory.CreateTempSubdirectory("kxds-scenario-").FullName;
        var autoscaler = await ReportSink.StartAsync(cancellationToken);
        await NameAsync(folder, cancellationToken);
        var api = await KubernetesApi.StartAsync(folder, cancellationToken);
        Progress.Say($"API: {api.Name}");
        var applier = new ManifestApplier(api.Client);
        foreach (var manifest in ActivatorManifests.All(protocol, userPort))
        {
            await ActivatorManifests.ApplyAsync(applier, manifest, cancellationToken);
        }

        return new ActivatorStage(folder, api, autoscaler, protocol == ProxyProtocol.H2c ? Ports.BackendHttp2 : Ports.BackendHttp);
    }

    public ProxyCandidate Own(string program) => Create(program, ["--kubeconfig", _api.Kubeconfig]);

    public ProxyCandidate Peer(string program) => Create(program, []);

    public async ValueTask DisposeAsync()
    {
        await _api.DisposeAsync();
        await _autoscaler.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    // The environment is that of upstream's Deployment.
    private ProxyCandidate Create(string program, IEnumerable<string> arguments)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardError = true, RedirectStandardOutput = true };
        (string Name, string Value)[] variables =
        [
            ("KUBECONFIG", _api.Kubeconfig), ("GOGC", "500"), ("POD_NAME", PodName), ("POD_IP", ActivatorManifests.OwnAddress), ("SYSTEM_NAMESPACE", SystemNames.Namespace),
            ("CONFIG_LOGGING_NAME", "config-logging"), ("CONFIG_OBSERVABILITY_NAME", "config-observability"), ("METRICS_DOMAIN", "knative.dev/internal/serving"),
        ];
        foreach (var (name, value) in variables)
        {
            start.Environment[name] = value;
        }

        return new ProxyCandidate(start, _port);
    }

    // There is no DNS here: the autoscaler's name is given by a hosts file of this namespace's own.
    private static async Task NameAsync(string folder, CancellationToken cancellationToken)
    {
        var hosts = Path.Combine(folder, "hosts");
        await File.WriteAllTextAsync(hosts, $"127.0.0.1 localhost {SystemNames.AutoscalerService}.{SystemNames.Namespace}.svc.{SystemNames.ClusterDomain}\n", cancellationToken);
        using var mount = Process.Start("mount", ["--bind", hosts, "/etc/hosts"]);
        await mount.WaitForExitAsync(cancellationToken);
        if (mount.ExitCode != 0)
        {
            throw new InvalidOperationException("the autoscaler's name cannot be given: mount --bind failed");
        }
    }
}
