using k8s.Models;
using Knative.Xds.Core.Model;
using Knative.Xds.Kube.Client;

namespace Knative.Xds.Sandbox.Pods;

/// <summary>The pods of a runner: starts, updates and ends a <see cref="PodWorker"/> for each as the API's pods change.</summary>
/// <remarks>Threading: safe.</remarks>
internal sealed class PodSet(PodContext context, CancellationToken stopping)
{
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(200);
    private readonly Dictionary<string, (PodWorker Worker, Task Run)> _workers = new(StringComparer.Ordinal);
    private readonly HashSet<string> _claiming = new(StringComparer.Ordinal);
    private readonly HashSet<string> _deleted = new(StringComparer.Ordinal);
    private readonly Lock _lock = new();
    private bool _closed;

    /// <summary>The running pod of a name; null when there is none.</summary>
    public PodWorker? Find(string ns, string name)
    {
        var key = new ObjectKey(ns, name);
        lock (_lock)
        {
            return _workers.Values.Select(entry => entry.Worker).FirstOrDefault(worker => worker.Key == key);
        }
    }

    /// <summary>Takes note of a change of a pod.</summary>
    public void Apply(V1Pod? old, V1Pod? pod)
    {
        if (old is not null && old.Metadata.Uid != pod?.Metadata.Uid)
        {
            End(old);
        }

        if (pod is null)
        {
            return;
        }

        if (pod.Spec.NodeName == context.Options.NodeName)
        {
            Run(pod);
        }
        else if (string.IsNullOrEmpty(pod.Spec.NodeName) && context.Options.ClaimUnscheduled && pod.Metadata.DeletionTimestamp is null)
        {
            Claim(pod);
        }
    }

    /// <summary>Ends all processes and leaves the pods to the API.</summary>
    public async Task AbandonAsync(TimeSpan grace)
    {
        (PodWorker Worker, Task Run)[] left;
        lock (_lock)
        {
            _closed = true;
            left = [.. _workers.Values];
        }

        foreach (var (worker, _) in left)
        {
            worker.Abandon(grace);
        }

        await Task.WhenAll(left.Select(entry => entry.Run));
    }

    private void End(V1Pod pod)
    {
        lock (_lock)
        {
            if (_claiming.Contains(pod.Metadata.Uid))
            {
                // Deleted while it is being bound: the binding may still come through.
                _deleted.Add(pod.Metadata.Uid);
            }

            if (_workers.TryGetValue(pod.Metadata.Uid, out var entry))
            {
                entry.Worker.Gone();
            }
        }
    }

    private void Run(V1Pod pod)
    {
        lock (_lock)
        {
            if (_workers.TryGetValue(pod.Metadata.Uid, out var entry))
            {
                entry.Worker.Update(pod);
            }
            else if (!_closed && pod.Metadata.DeletionTimestamp is not null)
            {
                _ = Task.Run(() => RemoveAsync(pod), CancellationToken.None);
            }
            else if (!_closed && pod.Status?.Phase is not ("Succeeded" or "Failed") && TryCreate(pod) is { } worker)
            {
                _workers[worker.Uid] = (worker, Task.Run(() => RunAsync(worker), CancellationToken.None));
            }
        }
    }

    private PodWorker? TryCreate(V1Pod pod)
    {
        try
        {
            return new PodWorker(pod, context);
        }
        catch (InvalidOperationException noAddress)
        {
            context.Logger.PodFailed(pod.Metadata.Name, noAddress.Message);
            return null;
        }
    }

    private async Task RunAsync(PodWorker worker)
    {
        try
        {
            await worker.RunAsync();
        }
        catch (Exception error) when (error is not OutOfMemoryException)
        {
            // One pod never takes the others down.
            context.Logger.PodFailed(worker.Key.ToString(), error.ToString());
        }

        lock (_lock)
        {
            _workers.Remove(worker.Uid);
        }
    }

    // Left over from a runner before this one: its processes are gone already.
    private async Task RemoveAsync(V1Pod pod)
    {
        var publisher = new PodStatusPublisher(context, new ObjectKey(pod.Metadata.NamespaceProperty, pod.Metadata.Name), pod.Metadata.Uid);
        while (!stopping.IsCancellationRequested && !await publisher.DeleteAsync())
        {
            // The API was out of reach.
        }
    }

    private void Claim(V1Pod pod)
    {
        lock (_lock)
        {
            if (_closed || _workers.ContainsKey(pod.Metadata.Uid) || !_claiming.Add(pod.Metadata.Uid))
            {
                return;
            }
        }

        _ = Task.Run(() => ClaimAsync(pod), CancellationToken.None);
    }

    private async Task ClaimAsync(V1Pod pod)
    {
        var bound = await TryBindAsync(pod);
        bool deleted;
        lock (_lock)
        {
            _claiming.Remove(pod.Metadata.Uid);
            deleted = _deleted.Remove(pod.Metadata.Uid);
        }

        // Not waiting for the watch to bring the bound pod back saves a cold start that time.
        if (bound && !deleted)
        {
            Run(pod);
        }
    }

    private async Task<bool> TryBindAsync(V1Pod pod)
    {
        var key = new ObjectKey(pod.Metadata.NamespaceProperty, pod.Metadata.Name);
        var binding = new V1Binding
        {
            Metadata = new V1ObjectMeta { Name = key.Name, NamespaceProperty = key.Namespace, Uid = pod.Metadata.Uid },
            Target = new V1ObjectReference { ApiVersion = "v1", Kind = "Node", Name = context.Options.NodeName },
        };
        for (var pause = FirstPause; !stopping.IsCancellationRequested; pause = pause < TimeSpan.FromSeconds(10) ? pause * 2 : pause)
        {
            try
            {
                await context.Client.CreateSubresourceAsync<V1Pod, V1Binding>(key, "binding", binding, stopping);
                return true;
            }
            catch (KubeException refusal) when (refusal.IsNotFound || refusal.IsConflict)
            {
                // Gone, or placed by another scheduler.
                return false;
            }
            catch (Exception error) when (error is KubeException or HttpRequestException or TimeoutException or IOException)
            {
                context.Logger.NotBound(key.ToString(), error.Message);
            }

            await Task.Delay(pause, context.Time, stopping).ContinueWith(_ => { }, TaskScheduler.Default);
        }

        return false;
    }
}
