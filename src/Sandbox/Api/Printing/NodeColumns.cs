using System.Text.Json.Nodes;
using Knative.Xds.Sandbox.Api.Json;

namespace Knative.Xds.Sandbox.Api.Printing;

/// <summary>The columns of nodes.</summary>
internal static class NodeColumns
{
    private const string RolePrefix = "node-role.kubernetes.io/";
    private const string None = "<none>";
    private const string Unknown = "<unknown>";

    public static readonly IReadOnlyList<Column> All =
    [
        BuiltInColumns.Name,
        BuiltInColumns.Text("Status", (value, _) => Status(value)),
        BuiltInColumns.Text("Roles", (value, _) => Roles(value)),
        BuiltInColumns.Age,
        BuiltInColumns.Text("Version", (value, _) => value.Text("status.nodeInfo.kubeletVersion") ?? ""),
        BuiltInColumns.Wide("Internal-IP", (value, _) => Address(value, "InternalIP")),
        BuiltInColumns.Wide("External-IP", (value, _) => Address(value, "ExternalIP")),
        BuiltInColumns.Wide("OS-Image", (value, _) => value.Text("status.nodeInfo.osImage") is { Length: > 0 } image ? image : Unknown),
        BuiltInColumns.Wide("Kernel-Version", (value, _) => value.Text("status.nodeInfo.kernelVersion") is { Length: > 0 } kernel ? kernel : Unknown),
        BuiltInColumns.Wide("Container-Runtime", (value, _) => value.Text("status.nodeInfo.containerRuntimeVersion") is { Length: > 0 } runtime ? runtime : Unknown),
    ];

    private static string Status(JsonObject node)
    {
        var ready = node.Objects("status.conditions").FirstOrDefault(condition => condition.Text("type") == "Ready").Text("status");
        var status = ready switch { "True" => "Ready", null => "Unknown", _ => "NotReady" };
        return node.IsTrue("spec.unschedulable") ? $"{status},SchedulingDisabled" : status;
    }

    private static string Roles(JsonObject node)
    {
        var roles = (node.At("metadata.labels") as JsonObject ?? []).Where(label => label.Key.StartsWith(RolePrefix, StringComparison.Ordinal)).Select(label => label.Key[RolePrefix.Length..]).Order(StringComparer.Ordinal).ToList();
        return roles.Count == 0 ? None : string.Join(",", roles);
    }

    private static string Address(JsonObject node, string type) => node.Objects("status.addresses").FirstOrDefault(address => address.Text("type") == type).Text("address") ?? None;
}
