using k8s.Models;
using Knative.Xds.Kube.Client;
using Knative.Xds.Kube.Watching;
using Microsoft.Extensions.Logging;

namespace Knative.Xds.Sandbox.Controllers;

/// <summary>What kube-controller-manager does for the data path, for an API that has none: Deployments, EndpointSlices, Endpoints.</summary>
public static class SandboxControllers
{
    /// <summary>Runs the controllers until the token fires.</summary>
    public static async Task RunAsync(KubeClient client, TimeProvider time, ILoggerFactory loggers, CancellationToken cancellationToken)
    {
        var pods = new Informer<V1Pod>(client, new ObjectQuery(), time, loggers.CreateLogger("Knative.Xds.Sandbox.Controllers"));
        using var deployments = new DeploymentController(client, pods, time, loggers.CreateLogger<DeploymentController>());
        using var endpoints = new EndpointsController(client, pods, time, loggers.CreateLogger<EndpointsController>());
        try
        {
            await Task.WhenAll(pods.RunAsync(cancellationToken), deployments.RunAsync(pods.Synced, cancellationToken), endpoints.RunAsync(pods.Synced, cancellationToken));
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // The normal end.
        }
    }
}
