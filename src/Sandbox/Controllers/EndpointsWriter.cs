using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using k8s;
using k8s.Models;
using Knative.Xds.Core.Model;
using Knative.Xds.Kube.Client;

namespace Knative.Xds.Sandbox.Controllers;

/// <summary>Brings EndpointSlices and Endpoints to what they should be, and writes nothing that is so already.</summary>
/// <remarks>Threading: one caller at a time; <see cref="Forget"/> from anywhere.</remarks>
internal sealed class EndpointsWriter(KubeClient client)
{
    // What was written last, and the version that it got: the watch may be behind it.
    private readonly ConcurrentDictionary<(Type, ObjectKey), (string Content, string Version)> _written = new();

    /// <summary>Takes note that an object is gone.</summary>
    public void Forget<T>(ObjectKey key) => _written.TryRemove((typeof(T), key), out _);

    /// <summary>Writes the slices of one Service, and removes those of <paramref name="stored"/> that are not among them.</summary>
    public async Task WriteAsync(IReadOnlyList<V1EndpointSlice> wanted, IReadOnlyCollection<V1EndpointSlice> stored, CancellationToken cancellationToken)
    {
        foreach (var slice in wanted)
        {
            var present = stored.FirstOrDefault(candidate => candidate.Metadata.Name == slice.Metadata.Name);
            await WriteAsync(slice, present, Content(slice, slice.AddressType, slice.Ports, slice.Endpoints),
                present is null ? null : Content(present, present.AddressType, present.Ports, present.Endpoints), cancellationToken);
        }

        await RemoveAsync([.. stored.Where(slice => wanted.All(keep => keep.Metadata.Name != slice.Metadata.Name))], cancellationToken);
    }

    /// <summary>Writes the Endpoints of one Service.</summary>
    public Task WriteAsync(V1Endpoints wanted, V1Endpoints? stored, CancellationToken cancellationToken) => WriteAsync(
        wanted, stored, Content(wanted, wanted.Subsets ?? []), stored is null ? null : Content(stored, stored.Subsets ?? []), cancellationToken);

    /// <summary>Removes slices.</summary>
    public async Task RemoveAsync(IEnumerable<V1EndpointSlice> slices, CancellationToken cancellationToken)
    {
        foreach (var slice in slices)
        {
            var key = KeyOf(slice);
            Forget<V1EndpointSlice>(key);
            await client.DeleteAsync<V1EndpointSlice>(key, cancellationToken);
        }
    }

    /// <summary>Removes the Endpoints of a Service that is gone, if they were made here.</summary>
    public async Task RemoveAsync(V1Endpoints? endpoints, CancellationToken cancellationToken)
    {
        if (endpoints?.Metadata.Labels is { } labels && labels.TryGetValue(SliceEndpoints.EndpointsManagedByLabel, out var manager) && manager == SliceEndpoints.EndpointsManager)
        {
            Forget<V1Endpoints>(KeyOf(endpoints));
            await client.DeleteAsync<V1Endpoints>(KeyOf(endpoints), cancellationToken);
        }
    }

    private async Task WriteAsync<T>(T wanted, T? stored, string content, string? storedContent, CancellationToken cancellationToken) where T : class, IKubernetesObject<V1ObjectMeta>
    {
        var id = (typeof(T), KeyOf(wanted));
        var known = _written.TryGetValue(id, out var last);
        if (storedContent == content && (!known || last.Content == content))
        {
            return;
        }

        // Behind our own write: the watch will bring it, and with it this key again.
        if (known && last.Content == content && IsOlder(stored, last.Version))
        {
            return;
        }

        var answer = stored is null && !known
            ? await client.CreateAsync(wanted, cancellationToken)
            : await ReplaceAsync(wanted, cancellationToken);
        _written[id] = (content, answer.Metadata.ResourceVersion);
    }

    private async Task<T> ReplaceAsync<T>(T wanted, CancellationToken cancellationToken) where T : class, IKubernetesObject<V1ObjectMeta>
    {
        try
        {
            // Without a resourceVersion: these objects have one writer, and the last decision counts.
            return await client.ReplaceAsync(wanted, cancellationToken);
        }
        catch (KubeException refusal) when (refusal.IsNotFound)
        {
            return await client.CreateAsync(wanted, cancellationToken);
        }
    }

    private static bool IsOlder(IKubernetesObject<V1ObjectMeta>? stored, string version) =>
        stored is null || (ulong.TryParse(stored.Metadata.ResourceVersion, out var have) && ulong.TryParse(version, out var wrote) && have < wrote);

    private static ObjectKey KeyOf(IKubernetesObject<V1ObjectMeta> value) => new(value.Metadata.NamespaceProperty, value.Metadata.Name);

    // Empty and absent lists and labels mean the same.
    private static string Content(IKubernetesObject<V1ObjectMeta> value, params object?[] parts) => string.Join('\n', [
        string.Join(',', (value.Metadata.Labels ?? new Dictionary<string, string>()).OrderBy(label => label.Key, StringComparer.Ordinal).Select(label => $"{label.Key}={label.Value}")),
        .. parts.Select(part => part is null ? "[]" : Normal(KubernetesJson.Serialize(part))),
    ]);

    private static string Normal(string json) => JsonNode.Parse(json)?.ToJsonString() ?? "[]";
}
