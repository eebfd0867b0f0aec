using System.Collections.Concurrent;
using System.Text;
using System.Text.Json.Nodes;
using Knative.Xds.Core.Model;
using Knative.Xds.Kube.Client;

namespace Knative.Xds.Kube.Manifests;

/// <summary>Applies manifests of any kind by server-side apply, as <c>kubectl apply --server-side</c> does.</summary>
/// <remarks>Threading: safe.</remarks>
public sealed class ManifestApplier(KubeClient client)
{
    private readonly ConcurrentDictionary<(string GroupVersion, string Kind), (string Plural, bool Namespaced)> _kinds = new();

    /// <summary>Applies one object and returns its kind and key.</summary>
    /// <remarks>An object of a namespaced kind without a namespace goes to <c>default</c>.
    /// Errors: <see cref="FormatException"/> when apiVersion, kind or metadata.name is missing or the kind is unknown; <see cref="KubeException"/> when the API refuses it.</remarks>
    public async Task<(string Kind, ObjectKey Key)> ApplyAsync(JsonNode manifest, CancellationToken cancellationToken)
    {
        if (manifest["metadata"] is { } metadata and not JsonObject)
        {
            throw new FormatException($"metadata must be an object, not {metadata.ToJsonString()}");
        }

        var apiVersion = Required(manifest, "apiVersion");
        var kind = Required(manifest, "kind");
        var name = Required(manifest["metadata"], "name", "metadata.name");
        var (plural, namespaced) = await ResolveAsync(apiVersion, kind, cancellationToken);
        var space = namespaced ? (string?)manifest["metadata"]!["namespace"] ?? "default" : "";
        var path = $"{Root(apiVersion)}/{(namespaced ? $"namespaces/{space}/" : "")}{plural}/{name}?fieldManager=kxds&force=true";
        using var body = new StringContent(manifest.ToJsonString(), Encoding.UTF8, "application/apply-patch+yaml");
        await client.SendRawAsync(HttpMethod.Patch, path, body, cancellationToken);
        return (kind, new ObjectKey(space, name));
    }

    private async Task<(string Plural, bool Namespaced)> ResolveAsync(string groupVersion, string kind, CancellationToken cancellationToken)
    {
        if (_kinds.TryGetValue((groupVersion, kind), out var known))
        {
            return known;
        }

        var resources = await ResourcesAsync(groupVersion, kind, cancellationToken);
        foreach (var resource in resources.OfType<JsonObject>().Where(resource => !((string?)resource["name"] ?? "/").Contains('/', StringComparison.Ordinal)))
        {
            _kinds[(groupVersion, (string)resource["kind"]!)] = ((string)resource["name"]!, (bool?)resource["namespaced"] ?? false);
        }

        return _kinds.TryGetValue((groupVersion, kind), out known) ? known : throw new FormatException($"the API has no kind {kind} in {groupVersion}");
    }

    private async Task<JsonArray> ResourcesAsync(string groupVersion, string kind, CancellationToken cancellationToken)
    {
        try
        {
            var answer = await client.SendRawAsync(HttpMethod.Get, Root(groupVersion), null, cancellationToken);
            return answer?["resources"] as JsonArray ?? [];
        }
        catch (KubeException refusal) when (refusal.IsNotFound)
        {
            throw new FormatException($"the API has no {groupVersion}, of which a {kind} was given", refusal);
        }
    }

    private static string Root(string groupVersion) => groupVersion.Contains('/', StringComparison.Ordinal) ? $"apis/{groupVersion}" : $"api/{groupVersion}";

    private static string Required(JsonNode? node, string field, string? path = null) =>
        node is JsonObject holder && holder[field] is JsonValue value && value.TryGetValue<string>(out var text) && text.Length > 0
            ? text
            : throw new FormatException($"{path ?? field} is missing");
}
