using System.Text.Json.Nodes;
using Knative.Xds.Sandbox.Api.Json;
using Knative.Xds.Sandbox.Api.Kinds;
using Knative.Xds.Sandbox.Api.Serving;

namespace Knative.Xds.Sandbox.Api.Describing;

/// <summary>Discovery, plain and aggregated, from the kinds that are served now.</summary>
internal sealed class DiscoveryDocuments(KindRegistry registry)
{
    private static readonly string[] ObjectVerbs = ["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"];
    private static readonly string[] PartVerbs = ["get", "patch", "update"];

    public static JsonObject CoreVersions() => new()
    {
        ["kind"] = "APIVersions",
        ["versions"] = new JsonArray("v1"),
        ["serverAddressByClientCIDRs"] = new JsonArray(),
    };

    public JsonObject Groups() => new()
    {
        ["kind"] = "APIGroupList",
        ["apiVersion"] = "v1",
        ["groups"] = new JsonArray([.. GroupNames().Select(name => (JsonNode)GroupEntry(name))]),
    };

    public JsonObject? Group(string name)
    {
        if (!GroupNames().Contains(name))
        {
            return null;
        }

        var group = GroupEntry(name);
        group["kind"] = "APIGroup";
        group["apiVersion"] = "v1";
        return group;
    }

    public JsonObject? Resources(string group, string version)
    {
        var entries = Entries(group, version).ToList();
        return entries.Count == 0 ? null : new JsonObject
        {
            ["kind"] = "APIResourceList",
            ["apiVersion"] = "v1",
            ["groupVersion"] = group.Length == 0 ? version : $"{group}/{version}",
            ["resources"] = new JsonArray([.. entries.SelectMany(Plain)]),
        };
    }

    public JsonObject AggregatedCore() => AggregatedList([""]);

    public JsonObject AggregatedGroups() => AggregatedList(GroupNames());

    private JsonObject AggregatedList(IEnumerable<string> groups) => new()
    {
        ["kind"] = "APIGroupDiscoveryList",
        ["apiVersion"] = "apidiscovery.k8s.io/v2",
        ["metadata"] = new JsonObject(),
        ["items"] = new JsonArray([.. groups.Select(group => (JsonNode)new JsonObject
        {
            ["metadata"] = group.Length == 0 ? new JsonObject() : new JsonObject { ["name"] = group },
            ["versions"] = new JsonArray([.. Versions(group).Select(version => (JsonNode)new JsonObject
            {
                ["version"] = version,
                ["resources"] = new JsonArray([.. Entries(group, version).Select(Aggregated)]),
                ["freshness"] = "Current",
            })]),
        })]),
    };

    private IEnumerable<string> GroupNames() => registry.All.Select(kind => kind.Group).Append(ReviewHandler.Group).Where(group => group.Length > 0).Distinct().Order(StringComparer.Ordinal);

    private IEnumerable<string> Versions(string group) => group == ReviewHandler.Group ? ["v1"] : registry.All.Where(kind => kind.Group == group).Select(kind => kind.Version).Distinct().OrderDescending(ApiVersionOrder.Instance);

    private IEnumerable<DiscoveryEntry> Entries(string group, string version)
    {
        if (group == ReviewHandler.Group && version == "v1")
        {
            return [Review(ReviewHandler.Access, "SelfSubjectAccessReview"), Review(ReviewHandler.Rules, "SelfSubjectRulesReview")];
        }

        return registry.All.Where(kind => kind.Group == group && kind.Version == version).OrderBy(kind => kind.Plural, StringComparer.Ordinal).Select(Entry);
    }

    private static DiscoveryEntry Review(string plural, string kind) => new(new(ReviewHandler.Group, "v1", plural, kind, Schemas.Schema.Any) { Namespaced = false }, ["create"], []);

    private static DiscoveryEntry Entry(ResourceKind kind)
    {
        var parts = kind.OtherSubresources.Select(part => new DiscoveryPart(part.Key, "", "", part.Value, part.Key switch { "log" => ["get"], "binding" => ["create"], _ => ["update"] })).ToList();
        if (kind.Scale is not null)
        {
            parts.Add(new("scale", "autoscaling", "v1", "Scale", PartVerbs));
        }

        if (kind.HasStatus)
        {
            parts.Add(new("status", "", "", kind.Kind, PartVerbs));
        }

        return new(kind, ObjectVerbs, [.. parts.OrderBy(part => part.Name, StringComparer.Ordinal)]);
    }

    private JsonObject GroupEntry(string name)
    {
        var versions = Versions(name).Select(version => (JsonNode)new JsonObject { ["groupVersion"] = $"{name}/{version}", ["version"] = version }).ToList();
        return new JsonObject { ["name"] = name, ["versions"] = new JsonArray([.. versions]), ["preferredVersion"] = versions[0].DeepClone() };
    }

    private static IEnumerable<JsonNode> Plain(DiscoveryEntry entry)
    {
        var kind = entry.Kind;
        var main = new JsonObject { ["name"] = kind.Plural, ["singularName"] = kind.Singular, ["namespaced"] = kind.Namespaced, ["kind"] = kind.Kind, ["verbs"] = JsonNodes.ToArray(entry.Verbs) };
        AddNames(main, kind);
        yield return main;
        foreach (var part in entry.Parts)
        {
            var item = new JsonObject { ["name"] = $"{kind.Plural}/{part.Name}", ["singularName"] = "", ["namespaced"] = kind.Namespaced };
            if (part.Group.Length > 0)
            {
                item["group"] = part.Group;
                item["version"] = part.Version;
            }

            item["kind"] = part.Kind;
            item["verbs"] = JsonNodes.ToArray(part.Verbs);
            yield return item;
        }
    }

    private static JsonNode Aggregated(DiscoveryEntry entry)
    {
        var kind = entry.Kind;
        var result = new JsonObject
        {
            ["resource"] = kind.Plural,
            ["responseKind"] = ResponseKind(kind.Group, kind.Version, kind.Kind),
            ["scope"] = kind.Namespaced ? "Namespaced" : "Cluster",
            ["singularResource"] = kind.Singular,
            ["verbs"] = JsonNodes.ToArray(entry.Verbs),
        };
        AddNames(result, kind);
        if (entry.Parts.Count > 0)
        {
            result["subresources"] = new JsonArray([.. entry.Parts.Select(part => (JsonNode)new JsonObject
            {
                ["subresource"] = part.Name,
                ["responseKind"] = part.Group.Length > 0 ? ResponseKind(part.Group, part.Version, part.Kind) : ResponseKind(kind.Group, kind.Version, part.Kind),
                ["verbs"] = JsonNodes.ToArray(part.Verbs),
            })]);
        }

        return result;
    }

    private static void AddNames(JsonObject target, ResourceKind kind)
    {
        if (kind.ShortNames.Count > 0)
        {
            target["shortNames"] = JsonNodes.ToArray(kind.ShortNames);
        }

        if (kind.Categories.Count > 0)
        {
            target["categories"] = JsonNodes.ToArray(kind.Categories);
        }
    }

    private static JsonObject ResponseKind(string group, string version, string kind) => new() { ["group"] = group, ["version"] = version, ["kind"] = kind };
}
