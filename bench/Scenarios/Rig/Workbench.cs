using Knative.Xds.Sandbox.Processes;

namespace Knative.Xds.Scenarios.Rig;

/// <summary>What every scenario of the xDS server stands on: a folder, child processes, an API, two backends.</summary>
internal sealed class Workbench : IAsyncDisposable
{
    private Workbench(string directory, ProcessHost processes, KubernetesApi api, Backends backends) =>
        (Directory, Processes, Api, Backends) = (directory, processes, api, backends);

    /// <summary>Logs and configuration; removed at the end unless KXDS_SCENARIOS_KEEP is set.</summary>
    public string Directory { get; }
    public ProcessHost Processes { get; }
    public KubernetesApi Api { get; }
    public Backends Backends { get; }

    /// <summary>Starts all of it.</summary>
    public static async Task<Workbench> StartAsync(CancellationToken cancellationToken)
    {
        var directory = System.IO.Directory.CreateTempSubdirectory("kxds-scenario-").FullName;
        Progress.Say($"files in {directory}");
        var processes = new ProcessHost(TimeProvider.System);
        var api = await KubernetesApi.StartAsync(directory, cancellationToken);
        Progress.Say($"API: {api.Name}");
        return new(directory, processes, api, await Backends.StartAsync(processes, directory, cancellationToken));
    }

    /// <summary>Settings of an xDS server on free ports.</summary>
    public ServerSettings NewServer(string name, string externalListen, string localListen)
    {
        var ports = FreePorts.Take(2);
        return new ServerSettings
        {
            Kubeconfig = Api.Kubeconfig,
            LogFile = Path.Combine(Directory, $"{name}.log"),
            XdsPort = ports[0],
            AdminPort = ports[1],
            ExternalListen = externalListen,
            LocalListen = localListen,
        };
    }

    public async ValueTask DisposeAsync()
    {
        await Processes.DisposeAsync();
        await Backends.DisposeAsync();
        await Api.DisposeAsync();
        if (Environment.GetEnvironmentVariable("KXDS_SCENARIOS_KEEP") is null)
        {
            System.IO.Directory.Delete(Directory, recursive: true);
        }
    }
}
