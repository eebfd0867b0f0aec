using System.Globalization;
using System.Threading.Channels;
using k8s;
using k8s.Models;
using Knative.Xds.Core.Model;
using Knative.Xds.Kube.Client;
using Microsoft.Extensions.Logging;

namespace Knative.Xds.Kube.Events;

/// <summary>Writes core/v1 Events about objects, for <c>kubectl describe</c>. What repeats is counted on the first Event.</summary>
/// <remarks>Threading: <see cref="Record"/> is safe and never waits; when the API is slow, the oldest unwritten Events are dropped.</remarks>
public sealed class EventRecorder(KubeClient client, string component, TimeProvider time, ILogger logger)
{
    private const int Waiting = 1000;
    private const int Remembered = 4096;
    private readonly Channel<Corev1Event> _queue = Channel.CreateBounded<Corev1Event>(new BoundedChannelOptions(Waiting) { FullMode = BoundedChannelFullMode.DropOldest });
    private readonly Dictionary<(string Uid, string Type, string Reason, string Message), (ObjectKey Key, int Count)> _written = [];

    /// <summary>Records an Event about an object.</summary>
    public void Record(IKubernetesObject<V1ObjectMeta> about, EventSeverity severity, string reason, string message)
    {
        var now = time.GetUtcNow().UtcDateTime;
        var seconds = new DateTime(now.Ticks - (now.Ticks % TimeSpan.TicksPerSecond), DateTimeKind.Utc);
        var metadata = about.Metadata;
        // The API keeps Events about cluster-scoped objects in the namespace default.
        var home = string.IsNullOrEmpty(metadata.NamespaceProperty) ? "default" : metadata.NamespaceProperty;
        _queue.Writer.TryWrite(new Corev1Event
        {
            Metadata = new V1ObjectMeta { NamespaceProperty = home, Name = string.Create(CultureInfo.InvariantCulture, $"{metadata.Name}.{now.Ticks:x}{Random.Shared.Next(0x1000):x3}") },
            InvolvedObject = new V1ObjectReference
            {
                ApiVersion = about.ApiVersion,
                Kind = about.Kind,
                Name = metadata.Name,
                NamespaceProperty = metadata.NamespaceProperty,
                Uid = metadata.Uid,
                ResourceVersion = metadata.ResourceVersion,
            },
            Type = severity.ToString(),
            Reason = reason,
            Message = message,
            Source = new V1EventSource { Component = component },
            FirstTimestamp = seconds,
            LastTimestamp = seconds,
            Count = 1,
        });
    }

    /// <summary>Writes what is recorded until the token fires. Never throws but for cancellation.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        await foreach (var item in _queue.Reader.ReadAllAsync(cancellationToken))
        {
            try
            {
                await WriteAsync(item, cancellationToken);
            }
            catch (Exception error) when (error is KubeException or HttpRequestException or TimeoutException or IOException)
            {
                KubeLog.EventLost(logger, item.Reason, item.InvolvedObject.Name, error.Message);
            }
        }
    }

    private async Task WriteAsync(Corev1Event item, CancellationToken cancellationToken)
    {
        var same = (item.InvolvedObject.Uid ?? item.InvolvedObject.Name, item.Type, item.Reason, item.Message);
        if (_written.TryGetValue(same, out var first) && await CountAsync(first, item, cancellationToken))
        {
            _written[same] = (first.Key, first.Count + 1);
            return;
        }

        if (_written.Count >= Remembered)
        {
            _written.Clear();
        }

        var made = await client.CreateAsync(item, cancellationToken);
        _written[same] = (KubeJson.KeyOf(made), 1);
    }

    private async Task<bool> CountAsync((ObjectKey Key, int Count) first, Corev1Event again, CancellationToken cancellationToken)
    {
        var last = again.LastTimestamp!.Value.ToString("yyyy-MM-ddTHH:mm:ssZ", CultureInfo.InvariantCulture);
        var patch = new V1Patch(string.Create(CultureInfo.InvariantCulture, $$"""{"count":{{first.Count + 1}},"lastTimestamp":"{{last}}"}"""), V1Patch.PatchType.MergePatch);
        try
        {
            await client.PatchAsync<Corev1Event>(first.Key, patch, null, cancellationToken);
            return true;
        }
        catch (KubeException refusal) when (refusal.IsNotFound)
        {
            // Events expire after an hour.
            return false;
        }
    }
}
