using System.Text.Json.Nodes;
using Knative.Xds.Sandbox.Api.Json;
using Knative.Xds.Sandbox.Api.Kinds;
using Knative.Xds.Sandbox.Api.Schemas;
using Knative.Xds.Sandbox.Api.Serving;
using Knative.Xds.Sandbox.Api.Writing;

namespace Knative.Xds.Sandbox.Api.Applying;

/// <summary>Server-side apply: merges what a manager wants into the live object, refuses to take fields from others unless forced, and removes what the manager no longer wants and nobody else owns.</summary>
internal static class ApplyMerge
{
    public static (JsonObject Merged, List<FieldManager> Managers) Apply(ResourceKind kind, JsonObject live, JsonObject applied, WriteOptions options, DateTimeOffset now)
    {
        var subresource = options.Subresource ?? "";
        var managers = ManagedFields.ReadFrom(live);
        var mine = managers.Find(manager => manager.IsSame(options.Manager, FieldManager.Apply, kind.ApiVersion, subresource));
        var others = managers.Where(manager => manager != mine).ToList();
        var wanted = Wanted(kind, applied, options.Subresource);
        var fields = FieldTree.Of(wanted, kind.Schema);
        var merged = (JsonObject)Merge(live, wanted, kind.Schema)!;
        var changed = FieldDifference.Between(ManagedFields.Ownable(live), ManagedFields.Ownable(merged), kind.Schema).Changed.Intersect(fields);
        var remaining = others.Select(manager => (Manager: manager, Conflict: manager.Fields.Intersect(changed))).ToList();
        CheckConflicts([.. remaining.Where(entry => !entry.Conflict.IsEmpty)], options);
        others = [.. remaining.Select(entry => entry.Manager with { Fields = entry.Manager.Fields.Except(entry.Conflict) })];
        var abandoned = others.Aggregate((mine?.Fields ?? new FieldTree()).Except(fields), (rest, other) => rest.Except(other.Fields));
        FieldRemoval.Remove(merged, abandoned, kind.Schema, others.Select(other => other.Fields).Append(fields).Aggregate(new FieldTree(), (all, one) => all.Union(one)));
        return (merged, [.. others, new FieldManager(options.Manager, FieldManager.Apply, kind.ApiVersion, subresource, Time(mine, fields, changed, now), fields)]);
    }

    public static List<FieldManager> FirstManagers(ResourceKind kind, JsonObject applied, WriteOptions options, DateTimeOffset now) =>
        [new(options.Manager, FieldManager.Apply, kind.ApiVersion, options.Subresource ?? "", SystemMetadata.Format(now), FieldTree.Of(Wanted(kind, applied, options.Subresource), kind.Schema))];

    private static string Time(FieldManager? mine, FieldTree fields, FieldTree changed, DateTimeOffset now) =>
        mine is not null && changed.IsEmpty && JsonNode.DeepEquals(mine.Fields.ToJson(), fields.ToJson()) ? mine.Time : SystemMetadata.Format(now);

    // The status is applied through its subresource only, and that changes nothing else.
    private static JsonObject Wanted(ResourceKind kind, JsonObject applied, string? subresource)
    {
        var wanted = ManagedFields.Ownable(applied);
        if (subresource == SubresourceParts.Status)
        {
            return new JsonObject { [SubresourceParts.Status] = wanted[SubresourceParts.Status]?.DeepClone() };
        }

        if (kind.HasStatus)
        {
            wanted.Remove(SubresourceParts.Status);
        }

        return wanted;
    }

    private static JsonNode? Merge(JsonNode? live, JsonNode? applied, Schema? schema) => (live, applied) switch
    {
        (JsonObject have, JsonObject want) when schema is not { AtomicMap: true } => MergeObjects(have, want, schema),
        (JsonArray have, JsonArray want) when schema is { ListKind: ListKind.Map } => MergeMaps(have, want, schema),
        (JsonArray have, JsonArray want) when schema is { ListKind: ListKind.Set } => MergeSets(have, want),
        _ => applied?.DeepClone(),
    };

    private static JsonObject MergeObjects(JsonObject live, JsonObject applied, Schema? schema)
    {
        var result = live.Clone();
        foreach (var (name, value) in applied)
        {
            result[name] = Merge(live[name], value, schema?.Field(name));
        }

        return result;
    }

    // Applied elements come first, in the order the applier gave them; elements of others follow.
    private static JsonArray MergeMaps(JsonArray live, JsonArray applied, Schema schema)
    {
        var have = live.OfType<JsonObject>().DistinctBy(item => ListKeys.Of(item, schema)).ToDictionary(item => ListKeys.Of(item, schema), StringComparer.Ordinal);
        var result = new JsonArray();
        foreach (var item in applied.OfType<JsonObject>())
        {
            result.Add(have.Remove(ListKeys.Of(item, schema), out var existing) ? Merge(existing, item, schema.Items) : item.DeepClone());
        }

        foreach (var item in live.OfType<JsonObject>().Where(item => have.ContainsKey(ListKeys.Of(item, schema))))
        {
            result.Add(item.DeepClone());
        }

        return result;
    }

    private static JsonArray MergeSets(JsonArray live, JsonArray applied) =>
        new([.. applied.Concat(live.Where(item => !applied.Any(want => JsonNode.DeepEquals(want, item)))).Select(item => item?.DeepClone())]);

    private static void CheckConflicts(List<(FieldManager Manager, FieldTree Conflict)> conflicts, WriteOptions options)
    {
        if (conflicts.Count == 0 || options.Force)
        {
            return;
        }

        var causes = conflicts.SelectMany(entry => entry.Conflict.Paths().Select(path => (Path: path, By: Describe(entry.Manager)))).ToList();
        var lines = causes.GroupBy(cause => cause.By).Select(group => $"conflict{(group.Count() == 1 ? "" : "s")} with {group.Key}{(group.Count() == 1 ? $": {group.First().Path}" : ":\n" + string.Join('\n', group.Select(cause => $"- {cause.Path}")))}");
        var details = new JsonObject
        {
            ["causes"] = new JsonArray([.. causes.Select(cause => (JsonNode)new JsonObject { ["reason"] = "FieldManagerConflict", ["message"] = $"conflict with {cause.By}", ["field"] = cause.Path })]),
        };
        throw new ApiException(409, "Conflict", $"Apply failed with {causes.Count} conflict{(causes.Count == 1 ? "" : "s")}: {string.Join('\n', lines)}", details);
    }

    private static string Describe(FieldManager manager) => manager.Operation == FieldManager.Apply
        ? $"\"{manager.Name}\""
        : $"\"{manager.Name}\" {(manager.Subresource.Length > 0 ? $"with subresource \"{manager.Subresource}\" " : "")}using {manager.ApiVersion}";
}
