using k8s.Models;
using Knative.Xds.Kube.Client;
using Knative.Xds.Kube.Watching;
using Knative.Xds.Sandbox.Processes;
using Microsoft.Extensions.Logging;

namespace Knative.Xds.Sandbox.Pods;

/// <summary>Plays kubelet for one Node of any Kubernetes API: containers become local processes on an address per pod.</summary>
/// <remarks>Not supported, and ignored: volumes, resources, security contexts, affinity. Pods share the host's file system and network,
/// so programs must bind to <c>KXDS_POD_IP</c>. Nothing that it starts outlives this process.</remarks>
public sealed class PodRunner(KubeClient client, PodRunnerOptions options, TimeProvider time, ILoggerFactory loggers)
{
    private readonly ILogger _logger = loggers.CreateLogger<PodRunner>();
    private readonly PodNetwork _network = PodNetwork.Parse(options.PodNetwork);

    /// <summary>Runs pods until the token fires; then ends their processes and leaves the pods in the API as they are.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        await using var processes = new ProcessHost(time);
        using var actions = new ContainerActions(processes, time);
        var ownLogs = options.LogDirectory is null;
        var logs = options.LogDirectory ?? Directory.CreateTempSubdirectory("kxds-pod-logs-").FullName;
        PodSet? pods = null;
        await using var kubelet = await KubeletEndpoint.StartAsync(options.KubeletListen, (ns, name) => pods?.Find(ns, name), time, cancellationToken);
        var hostIP = kubelet.Address.Address.ToString();
        var context = new PodContext(client, options, _network, processes, actions, logs, hostIP,
            options.BaseEnvironment ?? ContainerEnvironment.OfThisProcess(), time, _logger);
        pods = new PodSet(context, cancellationToken);
        _logger.RunnerStarted(options.NodeName, options.PodNetwork, kubelet.Address.ToString());
        var node = new NodeRegistration(client, options, hostIP, kubelet.Address.Port, time, _logger);
        try
        {
            await Task.WhenAll(node.RunAsync(cancellationToken), WatchAsync(pods, cancellationToken));
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // The normal end.
        }
        finally
        {
            await pods.AbandonAsync(options.ShutdownGrace);
            if (ownLogs)
            {
                Directory.Delete(logs, recursive: true);
            }
        }
    }

    private Task WatchAsync(PodSet pods, CancellationToken cancellationToken)
    {
        var query = new ObjectQuery(FieldSelector: options.ClaimUnscheduled ? null : $"spec.nodeName={options.NodeName}");
        var informer = new Informer<V1Pod>(client, query, time, _logger);
        informer.OnChange(change => pods.Apply(change.Old, change.New));
        return informer.RunAsync(cancellationToken);
    }
}
