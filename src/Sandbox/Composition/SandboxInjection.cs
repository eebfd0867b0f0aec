using System.Collections.Immutable;
using System.Text.Json.Nodes;
using Knative.Xds.Core.Injection;
using Knative.Xds.Core.Wire;
using Knative.Xds.Kube.Client;
using Knative.Xds.Kube.Manifests;

namespace Knative.Xds.Sandbox.Composition;

/// <summary>Gives Revisions, and Deployments that ask for it, their sidecar before they are applied.</summary>
internal sealed class SandboxInjection(KubeClient client)
{
    private const string QueueImage = "kxds.dev/queue-proxy";

    /// <summary>The objects to apply in place of a manifest, by the ConfigMaps of the system namespace.</summary>
    /// <remarks>Errors: <see cref="FormatException"/> that names the field of the manifest or the key of the ConfigMap.</remarks>
    public async Task<ImmutableArray<JsonObject>> ExpandAsync(JsonObject manifest, CancellationToken cancellationToken)
    {
        if (!ManifestInjection.Applies(manifest))
        {
            return [manifest];
        }

        var (config, problems) = InjectionConfigReader.Read(await ReadConfigMapsAsync(cancellationToken), SystemNames.Namespace, QueueImage, ConfigYaml.Parse);
        var (objects, problem) = ManifestInjection.Expand(manifest, config);
        if (problem is not null || problems.Length > 0)
        {
            throw new FormatException((problem ?? problems[0]).Message);
        }

        foreach (var queue in objects.SelectMany(Containers).Where(container => (string?)container["name"] == "queue-proxy"))
        {
            Quicken(queue);
        }

        return objects;
    }

    private async Task<Dictionary<string, IReadOnlyDictionary<string, string>>> ReadConfigMapsAsync(CancellationToken cancellationToken)
    {
        var answer = await client.SendRawAsync(HttpMethod.Get, $"api/v1/namespaces/{SystemNames.Namespace}/configmaps", null, cancellationToken);
        var maps = (answer?["items"] as JsonArray ?? []).OfType<JsonObject>().ToDictionary(
            map => (string)map["metadata"]!["name"]!,
            IReadOnlyDictionary<string, string> (map) => (map["data"] as JsonObject ?? []).ToDictionary(entry => entry.Key, entry => (string?)entry.Value ?? ""));
        // Knative serves no metrics of a pod until it is told to; here there is always somebody to look at them.
        maps.TryAdd("config-observability", new Dictionary<string, string> { ["request-metrics-protocol"] = "prometheus" });
        return maps;
    }

    private static IEnumerable<JsonObject> Containers(JsonObject manifest) =>
        (manifest["spec"]?["template"]?["spec"]?["containers"] as JsonArray ?? []).OfType<JsonObject>();

    // In a cluster proxies hear late that a pod ends, and the kubelet asks every ten seconds; here everybody hears at once.
    private static void Quicken(JsonObject queue)
    {
        (queue["env"] as JsonArray)!.Add((JsonNode)new JsonObject { ["name"] = "KXDS_DRAIN_QUIET_SECONDS", ["value"] = "1" });
        if (queue["readinessProbe"] is JsonObject probe)
        {
            probe["periodSeconds"] ??= 1;
        }
    }
}
