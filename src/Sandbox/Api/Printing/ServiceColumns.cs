using System.Text.Json.Nodes;
using Knative.Xds.Sandbox.Api.Json;

namespace Knative.Xds.Sandbox.Api.Printing;

/// <summary>The columns of services and their endpoints.</summary>
internal static class ServiceColumns
{
    private const string None = "<none>";
    private const string Unset = "<unset>";
    private const int ShownEndpoints = 3;

    public static readonly IReadOnlyList<Column> Services =
    [
        BuiltInColumns.Name,
        BuiltInColumns.Text("Type", (value, _) => value.Text("spec.type") ?? ""),
        BuiltInColumns.Text("Cluster-IP", (value, _) => value.Text("spec.clusterIP") is { Length: > 0 } ip ? ip : None),
        BuiltInColumns.Text("External-IP", (value, _) => External(value)),
        BuiltInColumns.Text("Port(s)", (value, _) => Ports(value)),
        BuiltInColumns.Age,
        BuiltInColumns.Wide("Selector", (value, _) => BuiltInColumns.Labels(value.At("spec.selector"))),
    ];

    public static readonly IReadOnlyList<Column> Endpoints = [BuiltInColumns.Name, BuiltInColumns.Text("Endpoints", (value, _) => Addresses(value)), BuiltInColumns.Age];

    public static readonly IReadOnlyList<Column> EndpointSlices =
    [
        BuiltInColumns.Name,
        BuiltInColumns.Text("AddressType", (value, _) => value.Text("addressType") ?? ""),
        BuiltInColumns.Text("Ports", (value, _) => Shorten([.. value.Objects("ports").Select(port => port.Number("port")?.ToString(System.Globalization.CultureInfo.InvariantCulture) ?? "*")], Unset)),
        BuiltInColumns.Text("Endpoints", (value, _) => Shorten([.. value.Objects("endpoints").SelectMany(endpoint => endpoint.Texts("addresses"))], Unset)),
        BuiltInColumns.Age,
    ];

    private static string External(JsonObject service) => service.Text("spec.type") switch
    {
        "ExternalName" => service.Text("spec.externalName") ?? "",
        "LoadBalancer" => LoadBalancer(service),
        _ => service.Texts("spec.externalIPs").ToList() is { Count: > 0 } ips ? string.Join(",", ips) : None,
    };

    private static string LoadBalancer(JsonObject service)
    {
        var addresses = service.Objects("status.loadBalancer.ingress").Select(entry => entry.Text("ip") ?? entry.Text("hostname")).OfType<string>().ToList();
        return addresses.Count > 0 ? string.Join(",", addresses) : "<pending>";
    }

    private static string Ports(JsonObject service)
    {
        var ports = service.Objects("spec.ports").Select(port => port.Number("nodePort") is > 0 and var node
            ? $"{port.Number("port")}:{node}/{port.Text("protocol")}"
            : $"{port.Number("port")}/{port.Text("protocol")}").ToList();
        return ports.Count == 0 ? None : string.Join(",", ports);
    }

    private static string Addresses(JsonObject endpoints)
    {
        var all = new List<string>();
        foreach (var subset in endpoints.Objects("subsets"))
        {
            var addresses = subset.Objects("addresses").Select(address => address.Text("ip") ?? "").ToList();
            var ports = subset.Objects("ports").ToList();
            all.AddRange(ports.Count == 0 ? addresses : ports.SelectMany(port => addresses.Select(address => $"{(address.Contains(':', StringComparison.Ordinal) ? $"[{address}]" : address)}:{port.Number("port")}")));
        }

        return Shorten(all, None);
    }

    private static string Shorten(List<string> items, string empty) => items.Count switch
    {
        0 => empty,
        <= ShownEndpoints => string.Join(",", items),
        _ => $"{string.Join(",", items.Take(ShownEndpoints))} + {items.Count - ShownEndpoints} more...",
    };
}
