using k8s.Models;
using Knative.Xds.Core.Model;
using Knative.Xds.Kube.Client;
using Knative.Xds.Kube.Watching;
using Microsoft.Extensions.Logging.Abstractions;

namespace Knative.Xds.Autoscaler.Tests.Sharding;

/// <summary>Follows the replicas of a Deployment.</summary>
internal sealed class ScaleWatch : IDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private int _least = int.MaxValue;

    public ScaleWatch(KubeClient client, ObjectKey deployment)
    {
        var informer = new Informer<V1Deployment>(client, new ObjectQuery(deployment.Namespace, FieldSelector: $"metadata.name={deployment.Name}"), TimeProvider.System, NullLogger.Instance);
        informer.OnChange(change => _least = Math.Min(_least, change.New?.Spec?.Replicas ?? 0));
        _ = informer.RunAsync(_stop.Token);
    }

    /// <summary>The least that was ever set since.</summary>
    public int Least => Volatile.Read(ref _least);

    public void Dispose()
    {
        _stop.Cancel();
        _stop.Dispose();
    }
}
