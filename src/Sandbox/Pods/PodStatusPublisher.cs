using k8s;
using k8s.Models;
using Knative.Xds.Core.Model;
using Knative.Xds.Kube.Client;

namespace Knative.Xds.Sandbox.Pods;

/// <summary>Writes what became of a pod to the API.</summary>
internal sealed class PodStatusPublisher(PodContext context, ObjectKey key, string uid)
{
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(5);
    private static readonly HashSet<string> Ours = new(StringComparer.Ordinal) { "PodScheduled", "Initialized", "ContainersReady", "Ready" };
    private string? _written;
    private TimeSpan _pause = FirstPause;
    private V1PodStatus? _last;

    /// <summary>Writes a status, unless it says what was written last. False: it must be tried again, with what is true then.</summary>
    public async Task<bool> WriteAsync(V1Pod latest, V1PodStatus status, CancellationToken giveUp)
    {
        Continue(latest, status);
        var content = KubernetesJson.Serialize(new V1Pod { Metadata = new V1ObjectMeta { Uid = uid }, Status = status });
        if (content == _written)
        {
            return true;
        }

        var done = await TryAsync(() => context.Client.PatchAsync<V1Pod>(key, new V1Patch(content, V1Patch.PatchType.MergePatch), "status", CancellationToken.None), giveUp);
        (_written, _last) = done ? (content, status) : (_written, _last);
        return done || giveUp.IsCancellationRequested;
    }

    /// <summary>Removes the pod from the API for good. False: it must be tried again.</summary>
    public Task<bool> DeleteAsync() => TryAsync(
        () => context.Client.DeleteAsync<V1Pod>(key, new V1DeleteOptions { GracePeriodSeconds = 0, Preconditions = new V1Preconditions { Uid = uid } }, CancellationToken.None),
        CancellationToken.None);

    // What we wrote last may not have come back by the watch yet; conditions of others are kept.
    private void Continue(V1Pod latest, V1PodStatus status)
    {
        var foreign = latest.Status?.Conditions?.Where(condition => !Ours.Contains(condition.Type)) ?? [];
        foreach (var condition in status.Conditions)
        {
            if (_last?.Conditions.FirstOrDefault(old => old.Type == condition.Type) is { } old && old.Status == condition.Status)
            {
                condition.LastTransitionTime = old.LastTransitionTime;
            }
        }

        status.Conditions = [.. status.Conditions, .. foreign];
    }

    private async Task<bool> TryAsync(Func<Task> write, CancellationToken giveUp)
    {
        try
        {
            await write();
            _pause = FirstPause;
            return true;
        }
        catch (KubeException refusal) when (refusal.IsNotFound || refusal.IsConflict)
        {
            // The pod is gone, or another of the same name is in its place: nobody to tell.
            return true;
        }
        catch (Exception error) when (error is KubeException or HttpRequestException or TimeoutException or IOException)
        {
            context.Logger.StatusNotWritten(key.ToString(), error.Message);
            await Task.Delay(_pause, context.Time, giveUp).ContinueWith(_ => { }, TaskScheduler.Default);
            _pause = _pause * 2 > LongestPause ? LongestPause : _pause * 2;
            return false;
        }
    }
}
