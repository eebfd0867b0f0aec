using System.Text.Json.Nodes;
using Knative.Xds.Sandbox.Api.Json;
using Knative.Xds.Sandbox.Api.Kinds;
using Knative.Xds.Sandbox.Api.Writing;

namespace Knative.Xds.Sandbox.Api.Applying;

/// <summary>Reads, writes and keeps metadata.managedFields.</summary>
internal static class ManagedFields
{
    // Fields that nobody owns: the server writes them, or they identify the object.
    private static readonly string[] Unowned = ["name", "namespace", "creationTimestamp", "selfLink", "uid", "generation", "managedFields", "resourceVersion", "deletionTimestamp", "deletionGracePeriodSeconds"];

    /// <summary>The parts of an object that can be owned.</summary>
    public static JsonObject Ownable(JsonObject value)
    {
        var copy = value.Clone();
        copy.Remove("apiVersion");
        copy.Remove("kind");
        if (copy["metadata"] is JsonObject metadata)
        {
            foreach (var name in Unowned)
            {
                metadata.Remove(name);
            }

            if (metadata.Count == 0)
            {
                copy.Remove("metadata");
            }
        }

        return copy;
    }

    public static List<FieldManager> Read(JsonArray? entries) => [.. (entries ?? []).OfType<JsonObject>().Where(entry => entry.Text("manager") is not null).Select(entry => new FieldManager(
        entry.Text("manager") ?? "",
        entry.Text("operation") ?? FieldManager.Update,
        entry.Text("apiVersion") ?? "",
        entry.Text("subresource") ?? "",
        entry.Text("time") ?? "",
        FieldTree.Parse(entry["fieldsV1"] as JsonObject)))];

    public static List<FieldManager> ReadFrom(JsonObject value) => Read(value.At("metadata.managedFields") as JsonArray);

    public static void Write(JsonObject value, IEnumerable<FieldManager> managers)
    {
        // kube-apiserver's order: appliers first, then by time and name.
        var entries = managers.Where(manager => !manager.Fields.IsEmpty)
            .OrderBy(manager => manager.Operation == FieldManager.Apply ? 0 : 1).ThenBy(manager => manager.Time, StringComparer.Ordinal).ThenBy(manager => manager.Name, StringComparer.Ordinal).ThenBy(manager => manager.Subresource, StringComparer.Ordinal)
            .Select(manager => (JsonNode)ToJson(manager)).ToList();
        value.Metadata().Remove("managedFields");
        if (entries.Count > 0)
        {
            value.Metadata()["managedFields"] = new JsonArray([.. entries]);
        }
    }

    /// <summary>Records an update: its sender owns what it changed, and nobody owns what is gone.</summary>
    public static void Update(ResourceKind kind, JsonObject value, JsonObject old, JsonArray? given, WriteOptions options, DateTimeOffset now)
    {
        var managers = given is null ? ReadFrom(old) : Read(given);
        var (changed, removed) = FieldDifference.Between(Ownable(old), Ownable(value), kind.Schema);
        // Everything under an added or replaced field is gone from others; a list element's own mark stays shared.
        var lost = changed.Union(removed);
        var subresource = options.Subresource ?? "";
        var mine = managers.Find(manager => manager.IsSame(options.Manager, FieldManager.Update, kind.ApiVersion, subresource));
        var result = managers.Where(manager => manager != mine).Select(manager => manager with { Fields = manager.Fields.Except(lost) }).ToList();
        var fields = (mine?.Fields ?? new FieldTree()).Except(removed).Union(changed);
        var time = mine is not null && changed.IsEmpty && removed.IsEmpty ? mine.Time : SystemMetadata.Format(now);
        result.Add(new FieldManager(options.Manager, FieldManager.Update, kind.ApiVersion, subresource, time, fields));
        Write(value, result);
    }

    /// <summary>Whether two states name the same owners of the same fields, whenever they wrote.</summary>
    public static bool SameOwners(JsonObject left, JsonObject right) => JsonNode.DeepEquals(Timeless(left), Timeless(right));

    private static JsonArray Timeless(JsonObject value)
    {
        var entries = (value.At("metadata.managedFields") as JsonArray)?.DeepClone() as JsonArray ?? [];
        foreach (var entry in entries.OfType<JsonObject>())
        {
            entry.Remove("time");
        }

        return new([.. entries.Select(entry => entry!.ToJsonString()).Order(StringComparer.Ordinal).Select(text => (JsonNode)text)]);
    }

    private static JsonObject ToJson(FieldManager manager)
    {
        var entry = new JsonObject
        {
            ["manager"] = manager.Name,
            ["operation"] = manager.Operation,
            ["apiVersion"] = manager.ApiVersion,
            ["time"] = manager.Time,
            ["fieldsType"] = "FieldsV1",
            ["fieldsV1"] = manager.Fields.ToJson(),
        };
        if (manager.Subresource.Length > 0)
        {
            entry["subresource"] = manager.Subresource;
        }

        return entry;
    }
}
