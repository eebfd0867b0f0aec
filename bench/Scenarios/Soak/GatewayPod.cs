using System.Diagnostics;
using System.Globalization;
using Knative.Xds.ControlPlane.Translation;
using Knative.Xds.Sandbox.Composition;
using Knative.Xds.Sandbox.Processes;
using Knative.Xds.Scenarios.Rig;

namespace Knative.Xds.Scenarios.Soak;

/// <summary>An Envoy in a network namespace of its own, as in a pod: all of a fleet listen on the same port.</summary>
internal sealed class GatewayPod : IDisposable
{
    /// <summary>Port of the external listener.</summary>
    public const int Port = 8080;
    private const int AdminPort = 9901;
    private const string Run = "until ip link show eth0 >/dev/null 2>&1; do sleep 0.02; done; ip link set lo up; ip addr add $1.2/24 dev eth0; ip link set eth0 up; ip route add default via $1.1; shift; exec \"$@\"";
    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(20);
    private readonly Workbench _bench;
    private readonly HttpClient _admin;
    private readonly string _network;
    private readonly string _link;
    private readonly int[] _xdsPorts;
    private ChildProcess? _envoy;

    /// <summary>Makes a pod that takes its configuration from any of several servers.</summary>
    public GatewayPod(Workbench bench, int number, int[] xdsPorts)
    {
        (_bench, _xdsPorts) = (bench, xdsPorts);
        Name = string.Create(CultureInfo.InvariantCulture, $"gateway-{number}");
        _network = string.Create(CultureInfo.InvariantCulture, $"10.200.{number}");
        _link = string.Create(CultureInfo.InvariantCulture, $"kxds{number}");
        _admin = new HttpClient { BaseAddress = new Uri($"http://{_network}.2:{AdminPort}"), Timeout = TimeSpan.FromSeconds(1) };
        Client = new GatewayClient($"{_network}.2:{Port}", 20);
    }

    public string Name { get; }

    /// <summary>Envoy's process id in its present run.</summary>
    public int Id => _envoy!.Id;

    /// <summary>Reaches its external listener.</summary>
    public GatewayClient Client { get; }

    /// <summary>Starts Envoy; returns when Envoy itself says that it is ready, as a readiness probe would ask.</summary>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        var bootstrap = Path.Combine(_bench.Directory, $"{Name}.yaml");
        await File.WriteAllTextAsync(bootstrap, Bootstrap(), cancellationToken);
        var log = Path.Combine(_bench.Directory, $"{Name}.log");
        _envoy = _bench.Processes.Start(Gateway.EnvoyCommand(EnvoyLocator.Find()!, bootstrap, log, "unshare", "--net", "--", "bash", "-c", Run, "run", _network));
        await JoinNetworkAsync(cancellationToken);
        while (!await IsReadyAsync(cancellationToken))
        {
            await Task.Delay(Poll, TimeProvider.System, cancellationToken);
        }
    }

    /// <summary>Ends Envoy without warning.</summary>
    public async Task KillAsync()
    {
        _envoy!.Kill();
        await _envoy.Exited;
    }

    public void Dispose()
    {
        _admin.Dispose();
        Client.Dispose();
    }

    /// <summary>The fleet's bootstrap, with every server as an endpoint and an admin port that a probe can reach.</summary>
    private string Bootstrap()
    {
        var text = BootstrapTemplate.Render(new BootstrapSettings { NodeId = Name, XdsHost = $"{_network}.1", XdsPort = _xdsPorts[0], AdminPort = AdminPort });
        var lines = text.Split('\n').Select(line => line.Replace("address: 127.0.0.1", "address: 0.0.0.0", StringComparison.Ordinal)).ToList();
        var first = string.Create(CultureInfo.InvariantCulture, $"port_value: {_xdsPorts[0]}");
        var endpoint = lines.FindIndex(line => line.Contains(first, StringComparison.Ordinal));
        lines.InsertRange(endpoint + 1, _xdsPorts.Skip(1).Select(port => lines[endpoint].Replace(first, string.Create(CultureInfo.InvariantCulture, $"port_value: {port}"), StringComparison.Ordinal)));
        return string.Join('\n', lines);
    }

    private async Task JoinNetworkAsync(CancellationToken cancellationToken)
    {
        while (File.ResolveLinkTarget($"/proc/{Id}/ns/net", false)?.Name == File.ResolveLinkTarget("/proc/self/ns/net", false)?.Name)
        {
            await Task.Delay(Poll, TimeProvider.System, cancellationToken);
        }

        // The link of the former run goes when the kernel gets to it.
        await ShellAsync($"while ip link show {_link} >/dev/null 2>&1; do sleep 0.02; done; ip link add {_link} type veth peer name eth0 netns {Id} && ip addr add {_network}.1/24 dev {_link} && ip link set {_link} up", cancellationToken);
    }

    private static async Task ShellAsync(string command, CancellationToken cancellationToken)
    {
        using var process = Process.Start(new ProcessStartInfo("bash", ["-c", command]))!;
        await process.WaitForExitAsync(cancellationToken);
        if (process.ExitCode != 0)
        {
            throw new InvalidOperationException($"code {process.ExitCode}: {command}");
        }
    }

    private async Task<bool> IsReadyAsync(CancellationToken cancellationToken)
    {
        try
        {
            using var answer = await _admin.GetAsync(new Uri("/ready", UriKind.Relative), cancellationToken);
            return answer.IsSuccessStatusCode;
        }
        catch (Exception error) when (error is HttpRequestException || (error is TaskCanceledException && !cancellationToken.IsCancellationRequested))
        {
            return false;
        }
    }
}
