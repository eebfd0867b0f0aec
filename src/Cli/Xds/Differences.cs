using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Nodes;
using Knative.Xds.Cli.Admin;
using Knative.Xds.ControlPlane.Resources;

namespace Knative.Xds.Cli.Xds;

/// <summary>Finds what gateways have otherwise than they should.</summary>
/// <remarks>Errors: <see cref="CliException"/> where that cannot be told.</remarks>
internal static class Differences
{
    private const int MaxNames = 20;

    /// <summary>By what the gateways told the server.</summary>
    /// <param name="options">Server and fleet.</param>
    /// <param name="node">Id of the gateway; null means all.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public static async Task<ImmutableArray<DiffRow>> ToldAsync(XdsOptions options, string? node, CancellationToken cancellationToken)
    {
        using var server = new XdsAdmin(options);
        var page = await server.GatewaysAsync(node, all: false, cancellationToken);
        if (page.Gateways.Count > 0)
        {
            return DiffRow.Of(page);
        }

        var others = node is null ? page : await server.GatewaysAsync(null, all: false, cancellationToken);
        throw new CliException(Nobody(options.Fleet, node, [.. others.Gateways.Select(gateway => gateway.Node).Distinct(StringComparer.Ordinal)]));
    }

    /// <summary>By what an Envoy itself shows.</summary>
    /// <param name="options">Server and fleet; without one the fleet is that of the Envoy.</param>
    /// <param name="node">Id that the Envoy must have; null means any.</param>
    /// <param name="envoy">Address of its admin interface.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public static async Task<ImmutableArray<DiffRow>> ShownAsync(XdsOptions options, string? node, Uri envoy, CancellationToken cancellationToken)
    {
        var dump = await ReadDumpAsync(envoy, cancellationToken);
        if (node is not null && node != dump.Gateway)
        {
            throw new CliException($"the Envoy at {envoy.GetLeftPart(UriPartial.Authority)} is the gateway \"{dump.Gateway}\", and not \"{node}\"");
        }

        using var server = new XdsAdmin(options with { Fleet = options.Fleet ?? dump.Fleet });
        var wanted = await server.ResourcesAsync(null, null, contents: false, cancellationToken);
        foreach (var type in DiffRow.ToCompare(dump, wanted))
        {
            wanted = [.. wanted.Where(entry => entry.Type != type.ShortName()), .. await server.ResourcesAsync(type, null, contents: true, cancellationToken)];
        }

        return DiffRow.Of(dump, wanted);
    }

    private static string Nobody(string? fleet, string? node, string[] others)
    {
        var (which, where) = (fleet is null ? "" : $" of the fleet {fleet}", "is connected to this server");
        return others.Length == 0
            ? $"no gateway{which} {where}"
            : $"no gateway \"{node}\"{which} {where}; connected are {string.Join(", ", others.Take(MaxNames))}{(others.Length > MaxNames ? ", …" : "")}";
    }

    private static async Task<EnvoyDump> ReadDumpAsync(Uri envoy, CancellationToken cancellationToken)
    {
        using var admin = new AdminClient("Envoy", "--envoy", envoy, JsonSerializerOptions.Web);
        return EnvoyDump.Parse(await admin.ReadAsync<JsonNode>("/config_dump?include_eds", cancellationToken));
    }
}
