using System.Globalization;
using System.Text.Json.Nodes;
using Knative.Xds.Sandbox.Api.Json;

namespace Knative.Xds.Sandbox.Api.Printing;

/// <summary>The columns of the built-in kinds, as kubectl users expect them.</summary>
internal static class BuiltInColumns
{
    private const string None = "<none>";

    public static readonly Column Name = new("Name", "string", (value, _) => value.Text("metadata.name")) { Format = "name", Description = "Name must be unique within a namespace." };
    public static readonly Column Age = new("Age", "string", (value, now) => Ages.Since(value.At("metadata.creationTimestamp"), now)) { Description = "Time since creation." };
    private static readonly Column Created = new("Created At", "date", (value, _) => value.Text("metadata.creationTimestamp"));
    private static readonly Column Selector = Wide("Selector", (value, _) => Labels(value.At("spec.selector.matchLabels") ?? value.At("spec.selector")));

    public static readonly IReadOnlyList<Column> Plain = [Name, Age];
    public static readonly IReadOnlyList<Column> CreatedAt = [Name, Created];
    public static readonly IReadOnlyList<Column> Crds = CreatedAt;
    public static readonly IReadOnlyList<Column> Bindings =
    [
        Name,
        Text("Role", (value, _) => $"{value.Text("roleRef.kind")}/{value.Text("roleRef.name")}"),
        Age,
        Wide("Users", (value, _) => Subjects(value, "User")),
        Wide("Groups", (value, _) => Subjects(value, "Group")),
        Wide("ServiceAccounts", (value, _) => Subjects(value, "ServiceAccount")),
    ];
    public static readonly IReadOnlyList<Column> Namespaces = [Name, Text("Status", (value, _) => value.Text("status.phase") ?? ""), Age];
    public static readonly IReadOnlyList<Column> ConfigMaps = [Name, Number("Data", value => Size(value["data"]) + Size(value["binaryData"])), Age];
    public static readonly IReadOnlyList<Column> Secrets = [Name, Text("Type", (value, _) => value.Text("type") ?? ""), Number("Data", value => Size(value["data"])), Age];
    public static readonly IReadOnlyList<Column> Leases = [Name, Text("Holder", (value, _) => value.Text("spec.holderIdentity") ?? ""), Age];
    public static readonly IReadOnlyList<Column> Pods = PodColumns.All;
    public static readonly IReadOnlyList<Column> Nodes = NodeColumns.All;
    public static readonly IReadOnlyList<Column> Services = ServiceColumns.Services;
    public static readonly IReadOnlyList<Column> Endpoints = ServiceColumns.Endpoints;
    public static readonly IReadOnlyList<Column> EndpointSlices = ServiceColumns.EndpointSlices;
    public static readonly IReadOnlyList<Column> Events =
    [
        Text("Last Seen", LastSeen),
        Text("Type", (value, _) => value.Text("type") ?? ""),
        Text("Reason", (value, _) => value.Text("reason") ?? ""),
        Text("Object", (value, _) => $"{value.Text("involvedObject.kind")?.ToLowerInvariant()}/{value.Text("involvedObject.name")}"),
        Wide("Subobject", (value, _) => value.Text("involvedObject.fieldPath") ?? ""),
        Wide("Source", (value, _) => value.Text("source.component") ?? value.Text("reportingComponent") ?? ""),
        Text("Message", (value, _) => (value.Text("message") ?? "").Trim()),
        Wide("First Seen", (value, now) => Ages.Since(value.At("firstTimestamp") ?? value.At("eventTime"), now)),
        Wide("Count", (value, _) => (value.Number("count") ?? 1).ToString(CultureInfo.InvariantCulture)),
        Name with { Priority = 1 },
    ];
    public static readonly IReadOnlyList<Column> Deployments =
    [
        Name,
        Text("Ready", (value, _) => $"{value.Number("status.readyReplicas") ?? 0}/{value.Number("spec.replicas") ?? 0}"),
        Number("Up-to-date", value => value.Number("status.updatedReplicas") ?? 0),
        Number("Available", value => value.Number("status.availableReplicas") ?? 0),
        Age,
        .. Template(),
        Selector,
    ];
    public static readonly IReadOnlyList<Column> ReplicaSets =
    [
        Name,
        Count("Desired", value => value.Number("spec.replicas") ?? 0),
        Count("Current", value => value.Number("status.replicas") ?? 0),
        Count("Ready", value => value.Number("status.readyReplicas") ?? 0),
        Age,
        .. Template(),
        Selector,
    ];
    public static readonly IReadOnlyList<Column> HorizontalPodAutoscalers =
    [
        Name,
        Text("Reference", (value, _) => $"{value.Text("spec.scaleTargetRef.kind")}/{value.Text("spec.scaleTargetRef.name")}"),
        Text("Targets", (value, _) => value.At("spec.metrics") is null ? None : "<unknown>"),
        Number("MinPods", value => value.Number("spec.minReplicas") ?? 1),
        Number("MaxPods", value => value.Number("spec.maxReplicas") ?? 0),
        Number("Replicas", value => value.Number("status.currentReplicas") ?? 0),
        Age,
    ];

    public static Column Text(string name, Func<JsonObject, DateTimeOffset, string> read) => new(name, "string", (value, now) => read(value, now));

    public static Column Wide(string name, Func<JsonObject, DateTimeOffset, string> read) => Text(name, read) with { Priority = 1 };

    // Kubernetes declares these counts as strings, and sends numbers.
    public static Column Number(string name, Func<JsonObject, long> read) => new(name, "string", (value, _) => read(value));

    public static Column Count(string name, Func<JsonObject, long> read) => new(name, "integer", (value, _) => read(value));

    public static string Labels(JsonNode? labels) =>
        labels is JsonObject { Count: > 0 } terms ? string.Join(",", terms.OrderBy(term => term.Key, StringComparer.Ordinal).Select(term => $"{term.Key}={term.Value.Display()}")) : None;

    private static IEnumerable<Column> Template() =>
    [
        Wide("Containers", (value, _) => string.Join(",", value.Objects("spec.template.spec.containers").Select(container => container.Text("name")))),
        Wide("Images", (value, _) => string.Join(",", value.Objects("spec.template.spec.containers").Select(container => container.Text("image")))),
    ];

    private static string LastSeen(JsonObject value, DateTimeOffset now) =>
        Ages.Since(value.At("series.lastObservedTime") ?? value.At("lastTimestamp") ?? value.At("firstTimestamp") ?? value.At("eventTime"), now);

    private static string Subjects(JsonObject value, string kind) => string.Join(", ", value.Objects("subjects").Where(subject => subject.Text("kind") == kind)
        .Select(subject => subject.Text("namespace") is { } space ? $"{space}/{subject.Text("name")}" : subject.Text("name")));

    private static long Size(JsonNode? node) => (node as JsonObject)?.Count ?? 0;
}
