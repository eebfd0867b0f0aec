using System.Text.Json.Nodes;
using Knative.Xds.XdsServer.Fleets;

namespace Knative.Xds.Cli.Xds;

/// <summary>What an Envoy has of what it was sent, from its admin interface.</summary>
/// <remarks>Source: Envoy's <c>/config_dump?include_eds</c>, envoy.admin.v3.</remarks>
internal sealed class EnvoyDump
{
    private readonly Dictionary<string, Dictionary<string, ShownResource>> _byType = new(StringComparer.Ordinal);

    private EnvoyDump(JsonNode? node) =>
        (Gateway, Fleet) = ((string?)node?["id"] ?? "", (string?)node?["metadata"]?[FleetOptions.MetadataKey]);

    /// <summary>The Envoy's node id.</summary>
    public string Gateway { get; }

    /// <summary>The fleet that it says it is of; null when it names none.</summary>
    public string? Fleet { get; }

    /// <summary>What it has of a type, by name.</summary>
    public IReadOnlyDictionary<string, ShownResource> Of(string type) => _byType.GetValueOrDefault(type, []);

    /// <summary>Reads a dump.</summary>
    public static EnvoyDump Parse(JsonNode dump)
    {
        var configs = (dump["configs"] as JsonArray ?? []).OfType<JsonObject>().ToList();
        var result = new EnvoyDump(Section(configs, "BootstrapConfigDump")?["bootstrap"]?["node"]);
        result.Add("cds", Entries(configs, "ClustersConfigDump", "dynamic_active_clusters", "dynamic_warming_clusters").Select(entry => new ShownResource((string?)entry["version_info"], entry["cluster"])));
        // It shows the endpoints that it has, and not as it was sent them.
        result.Add("eds", Entries(configs, "EndpointsConfigDump", "dynamic_endpoint_configs").Select(entry => new ShownResource((string?)entry["endpoint_config"]?["cluster_name"], null, null)));
        var ownSecrets = SecretsOf(Section(configs, "BootstrapConfigDump")).ToHashSet(StringComparer.Ordinal);
        result.Add("sds", Entries(configs, "SecretsConfigDump", "dynamic_active_secrets").Where(entry => !ownSecrets.Contains((string?)entry["name"] ?? ""))
            .Select(entry => new ShownResource((string?)entry["name"], (string?)entry["version_info"], entry["secret"])));
        result.Add("lds", Entries(configs, "ListenersConfigDump", "dynamic_listeners").Select(entry => new ShownResource((string?)entry["name"], (string?)entry["active_state"]?["version_info"], entry["active_state"]?["listener"])));
        result.Add("rds", Entries(configs, "RoutesConfigDump", "dynamic_route_configs").Select(entry => new ShownResource((string?)entry["version_info"], entry["route_config"])));
        var scopes = Entries(configs, "ScopedRoutesConfigDump", "dynamic_scoped_route_configs").SelectMany(entry => entry["scoped_route_configs"] as JsonArray ?? []).OfType<JsonObject>();
        // What the server sends to warm routes up is its own business; the version is that of all scopes together.
        result.Add("srds", scopes.Where(scope => ((string?)scope["name"])?.StartsWith('~') == false).Select(scope => new ShownResource(null, scope)));
        return result;
    }

    /// <summary>The secrets that its bootstrap reads from elsewhere, such as those of its own mutual TLS.</summary>
    private static IEnumerable<string> SecretsOf(JsonNode? bootstrap) => bootstrap switch
    {
        JsonObject node => (node["sds_config"] is not null && (string?)node["name"] is { } name ? [name] : Array.Empty<string>()).Concat(node.SelectMany(entry => SecretsOf(entry.Value))),
        JsonArray list => list.SelectMany(SecretsOf),
        _ => [],
    };

    private static JsonObject? Section(IEnumerable<JsonObject> configs, string name) =>
        configs.FirstOrDefault(config => ((string?)config["@type"])?.EndsWith("." + name, StringComparison.Ordinal) == true);

    // A dump may come in several sections of one kind.
    private static IEnumerable<JsonObject> Entries(IEnumerable<JsonObject> configs, string section, params string[] lists) =>
        configs.Where(config => ((string?)config["@type"])?.EndsWith("." + section, StringComparison.Ordinal) == true)
            .SelectMany(config => lists.SelectMany(list => config[list] as JsonArray ?? [])).OfType<JsonObject>();

    private void Add(string type, IEnumerable<ShownResource> resources)
    {
        var found = _byType[type] = new(StringComparer.Ordinal);
        foreach (var resource in resources)
        {
            if (resource.Name is { } name)
            {
                found[name] = resource;
            }
        }
    }
}
