using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.Json.Nodes;
using k8s;
using k8s.Models;
using Knative.Xds.Core.Model;
using Knative.Xds.Kube.Api;

namespace Knative.Xds.Kube.Client;

/// <summary>Typed access to any Kubernetes API. The kind is read from the <c>KubernetesEntity</c> attribute of <c>T</c>.</summary>
/// <remarks>Errors: every call throws <see cref="KubeException"/> for an answer outside 2xx, with the API's Status in it, <see cref="HttpRequestException"/> when
/// the API cannot be reached, and <see cref="TimeoutException"/> when it does not answer. Threading: safe for use from many threads.</remarks>
public sealed class KubeClient : IDisposable
{
    private readonly KubeTransport _transport;
    private readonly string _fieldManager;
    private readonly int _pageSize;

    internal KubeClient(KubeTransport transport, KubeClientOptions options) => (_transport, _fieldManager, _pageSize) = (transport, options.UserAgent.Split('/')[0], options.PageSize);

    /// <summary>Connects lazily: no request is sent before the first call.</summary>
    /// <remarks>Errors: <see cref="InvalidOperationException"/> when no configuration is found or it cannot be used; the message names the file.</remarks>
    public static KubeClient Create(KubeClientOptions options) =>
        new(KubeTransport.Connect(KubeConfiguration.Load(options), options), options);

    /// <summary>Address of the API.</summary>
    public Uri BaseAddress => _transport.BaseAddress;

    /// <summary>Reads one object; null when there is none.</summary>
    public async Task<T?> FindAsync<T>(ObjectKey key, CancellationToken cancellationToken) where T : class, IKubernetesObject<V1ObjectMeta>
    {
        try
        {
            return await SendAsync<T>(HttpMethod.Get, ResourcePath.Of<T>(key), null, cancellationToken);
        }
        catch (KubeException refusal) when (refusal.IsNotFound)
        {
            return null;
        }
    }

    /// <summary>Creates an object and returns it as stored.</summary>
    public Task<T> CreateAsync<T>(T value, CancellationToken cancellationToken) where T : class, IKubernetesObject<V1ObjectMeta> =>
        SendAsync<T>(HttpMethod.Post, ResourcePath.OfAll<T>(value.Metadata.NamespaceProperty) + ManagerQuery, KubeJson.Body(value), cancellationToken);

    /// <summary>Creates a subresource of an object that only takes a POST, such as <c>binding</c> of a Pod.</summary>
    public async Task CreateSubresourceAsync<TParent, TBody>(ObjectKey parent, string subresource, TBody value, CancellationToken cancellationToken)
        where TParent : class, IKubernetesObject<V1ObjectMeta> where TBody : class, IKubernetesObject<V1ObjectMeta>
    {
        using var response = await _transport.SendAsync(HttpMethod.Post, ResourcePath.Of<TParent>(parent, subresource) + ManagerQuery, KubeJson.Body(value), cancellationToken);
    }

    /// <summary>Replaces an object (PUT); conflicts when its resourceVersion is stale.</summary>
    public Task<T> ReplaceAsync<T>(T value, CancellationToken cancellationToken) where T : class, IKubernetesObject<V1ObjectMeta> =>
        SendAsync<T>(HttpMethod.Put, ResourcePath.Of<T>(KubeJson.KeyOf(value)) + ManagerQuery, KubeJson.Body(value), cancellationToken);

    /// <summary>Replaces the status subresource (PUT on /status).</summary>
    public Task<T> ReplaceStatusAsync<T>(T value, CancellationToken cancellationToken) where T : class, IKubernetesObject<V1ObjectMeta> =>
        SendAsync<T>(HttpMethod.Put, ResourcePath.Of<T>(KubeJson.KeyOf(value), "status") + ManagerQuery, KubeJson.Body(value), cancellationToken);

    /// <summary>Replaces the status subresource, as <see cref="ReplaceStatusAsync"/> does, for who learns from a watch what was stored.</summary>
    public async Task WriteStatusAsync<T>(T value, CancellationToken cancellationToken) where T : class, IKubernetesObject<V1ObjectMeta>
    {
        var path = ResourcePath.Of<T>(KubeJson.KeyOf(value), "status") + ManagerQuery;
        using var response = await _transport.SendAsync(HttpMethod.Put, path, KubeJson.Body(value), cancellationToken);
        // Read to the end: a stream that is left early is reset, and costs both sides more.
        await _transport.WithinTimeAsync(path, response.Content.ReadAsByteArrayAsync, cancellationToken);
    }

    /// <summary>Patches an object or one of its subresources (<c>status</c>, <c>scale</c>; null for the object itself).</summary>
    /// <remarks>Content that is a string is sent as it is; null properties of other content are left out, so say null with a string, a JsonNode or a dictionary.
    /// The answer of <c>scale</c> is a Scale: of <c>T</c> it fills only what both have.</remarks>
    public Task<T> PatchAsync<T>(ObjectKey key, V1Patch patch, string? subresource, CancellationToken cancellationToken) where T : class, IKubernetesObject<V1ObjectMeta> =>
        SendAsync<T>(HttpMethod.Patch, ResourcePath.Of<T>(key, subresource) + PatchQuery(patch), KubeJson.Body(patch), cancellationToken);

    /// <summary>Reads an object of any kind that runs a number of pods; null when there is none.</summary>
    public async Task<PodScalable?> FindScalableAsync(ResourceKind kind, ObjectKey key, CancellationToken cancellationToken)
    {
        try
        {
            var path = ResourcePath.Of(kind, key);
            using var response = await _transport.SendAsync(HttpMethod.Get, path, null, cancellationToken);
            return KubeJson.ReadScalable(await _transport.WithinTimeAsync(path, response.Content.ReadAsByteArrayAsync, cancellationToken));
        }
        catch (KubeException refusal) when (refusal.IsNotFound)
        {
            return null;
        }
        catch (JsonException error)
        {
            throw new KubeException(200, null, $"{kind.Plural} {key}: the answer cannot be read: {error.Message}");
        }
    }

    /// <summary>Patches the scale subresource of an object of any kind that has one.</summary>
    public async Task PatchScaleAsync(ResourceKind kind, ObjectKey key, V1Patch patch, CancellationToken cancellationToken)
    {
        using var response = await _transport.SendAsync(HttpMethod.Patch, ResourcePath.Of(kind, key) + "/scale" + PatchQuery(patch), KubeJson.Body(patch), cancellationToken);
    }

    /// <summary>Server-side apply: creates the object or merges the given fields into it, and takes ownership of them.</summary>
    public Task<T> ApplyAsync<T>(T value, CancellationToken cancellationToken) where T : class, IKubernetesObject<V1ObjectMeta> =>
        PatchAsync<T>(KubeJson.KeyOf(value), new V1Patch(KubeJson.Serialize(value), V1Patch.PatchType.ApplyPatch), null, cancellationToken);

    /// <summary>Deletes an object; false when there was none.</summary>
    public Task<bool> DeleteAsync<T>(ObjectKey key, CancellationToken cancellationToken) where T : class, IKubernetesObject<V1ObjectMeta> =>
        DeleteAsync<T>(key, null, cancellationToken);

    /// <summary>Deletes an object with options (grace period, propagation, preconditions); false when there was none.</summary>
    public async Task<bool> DeleteAsync<T>(ObjectKey key, V1DeleteOptions? options, CancellationToken cancellationToken) where T : class, IKubernetesObject<V1ObjectMeta>
    {
        try
        {
            using var response = await _transport.SendAsync(HttpMethod.Delete, ResourcePath.Of<T>(key), options is null ? null : KubeJson.Body(options), cancellationToken);
            return true;
        }
        catch (KubeException refusal) when (refusal.IsNotFound)
        {
            return false;
        }
    }

    /// <summary>Reads one page of a list.</summary>
    public async Task<ObjectPage<T>> ListAsync<T>(ObjectQuery query, string? continueToken, CancellationToken cancellationToken) where T : class, IKubernetesObject<V1ObjectMeta>
    {
        var path = ResourcePath.OfAll<T>(query.Namespace) + ResourcePath.Selection(query) + $"&limit={_pageSize}" +
            (continueToken is null ? "" : "&continue=" + Uri.EscapeDataString(continueToken));
        using var response = await _transport.SendAsync(HttpMethod.Get, path, null, cancellationToken);
        await using var body = await response.Content.ReadAsStreamAsync(cancellationToken);
        return await KubeLists.ReadPageAsync<T>(buffer => _transport.WithinTimeAsync(path, async token => await body.ReadAtLeastAsync(buffer, buffer.Length, throwOnEndOfStream: false, token), cancellationToken));
    }

    /// <summary>Watches from a resourceVersion, bookmarks on, until the server ends the watch or the token fires.</summary>
    /// <remarks>Errors: <see cref="KubeException"/> with code 410 when the resourceVersion is too old.</remarks>
    public async IAsyncEnumerable<ObjectEvent<T>> WatchAsync<T>(ObjectQuery query, string resourceVersion, [EnumeratorCancellation] CancellationToken cancellationToken) where T : class, IKubernetesObject<V1ObjectMeta>
    {
        // As client-go does: a watch asks to be ended after 5 to 10 minutes, so that load spreads over replicas of the API again.
        var seconds = Random.Shared.Next(300, 600);
        var path = ResourcePath.OfAll<T>(query.Namespace) + ResourcePath.Selection(query) +
            $"&watch=true&allowWatchBookmarks=true&timeoutSeconds={seconds}&resourceVersion={Uri.EscapeDataString(resourceVersion)}";
        using var response = await _transport.SendAsync(HttpMethod.Get, path, null, cancellationToken);
        await using var lines = new LineReader(await response.Content.ReadAsStreamAsync(cancellationToken));
        while (await lines.NextAsync(cancellationToken) is { } line)
        {
            if (KubeJson.ReadEvent<T>(line, path) is { } read)
            {
                yield return read;
            }
        }
    }

    /// <summary>Sends any request, for callers that work on objects without a type.</summary>
    /// <param name="method">HTTP method.</param>
    /// <param name="path">Path and query below the API's address, e.g. <c>apis/apps/v1</c>.</param>
    /// <param name="body">Body; null for none.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <returns>The answer's JSON; null when it is empty.</returns>
    public async Task<JsonNode?> SendRawAsync(HttpMethod method, string path, HttpContent? body, CancellationToken cancellationToken)
    {
        using var response = await _transport.SendAsync(method, path, body, cancellationToken);
        var text = await _transport.WithinTimeAsync(path, response.Content.ReadAsStringAsync, cancellationToken);
        return text.Length == 0 ? null : JsonNode.Parse(text);
    }

    /// <inheritdoc/>
    public void Dispose() => _transport.Dispose();

    private string ManagerQuery => $"?fieldManager={Uri.EscapeDataString(_fieldManager)}";

    // Controllers take over the fields that they apply (Kubernetes docs, server-side apply, "Using server-side apply in a controller").
    private string PatchQuery(V1Patch patch) => patch.Type == V1Patch.PatchType.ApplyPatch ? ManagerQuery + "&force=true" : ManagerQuery;

    private async Task<T> SendAsync<T>(HttpMethod method, string path, HttpContent? body, CancellationToken cancellationToken) where T : class, IKubernetesObject<V1ObjectMeta>
    {
        using var response = await _transport.SendAsync(method, path, body, cancellationToken);
        var text = await _transport.WithinTimeAsync(path, response.Content.ReadAsByteArrayAsync, cancellationToken);
        try
        {
            return KubeJson.Read<T>(text.AsSpan());
        }
        catch (JsonException error)
        {
            throw new KubeException((int)response.StatusCode, null, $"{method} {path}: the answer cannot be read as {typeof(T).Name}: {error.Message}");
        }
    }
}
