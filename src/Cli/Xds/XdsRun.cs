using System.Collections.Immutable;
using Envoy.Config.Route.V3;
using Knative.Xds.Cli.Admin;
using Knative.Xds.ControlPlane.Explaining;
using Knative.Xds.ControlPlane.Resources;
using Knative.Xds.ControlPlane.Translation;
using Spectre.Console;

namespace Knative.Xds.Cli.Xds;

/// <summary>Runs the commands that ask an xDS server.</summary>
internal static class XdsRun
{
    private const int Differs = 1;

    public static async Task<int> StatusAsync(XdsOptions options, IAnsiConsole console, CancellationToken cancellationToken)
    {
        using var server = new XdsAdmin(options);
        var page = await server.GatewaysAsync(null, all: false, cancellationToken);
        Show(console, options, page, () => StatusView.Write(console, page, options.Fleet, TimeProvider.System.GetUtcNow()));
        return 0;
    }

    public static async Task<int> RoutesAsync(XdsOptions options, string? host, IAnsiConsole console, CancellationToken cancellationToken)
    {
        using var server = new XdsAdmin(options);
        var rows = await ReadRoutesAsync(server, host, cancellationToken);
        Show(console, options, new { routes = rows }, () => Tables.Write(
            console, rows, ("Listener", row => row.Listener), ("Host", row => row.Host), ("Ingress", row => row.Ingress ?? "(the gateway itself)"), ("Route", row => row.Route), ("Match", row => row.Match), ("Target", row => row.Target)));
        return 0;
    }

    public static async Task<int> ClustersAsync(XdsOptions options, string? host, IAnsiConsole console, CancellationToken cancellationToken)
    {
        using var server = new XdsAdmin(options);
        var rows = await ReadBackendsAsync(server, host, cancellationToken);
        Show(console, options, new { clusters = rows }, () => Tables.Write(
            console, rows, ("Cluster", row => row.Cluster), ("Kind", row => row.Kind), ("Protocol", row => row.Protocol + (row.Tls ? " over TLS" : "")),
            ("Endpoints", row => row.Endpoints.IsEmpty ? "none" : string.Join(", ", row.Endpoints.GroupBy(endpoint => endpoint.Priority).Select(group => $"{group.Count()} of priority {group.Key}")))));
        return 0;
    }

    public static async Task<int> EndpointsAsync(XdsOptions options, string? host, IAnsiConsole console, CancellationToken cancellationToken)
    {
        using var server = new XdsAdmin(options);
        var rows = (await ReadBackendsAsync(server, host, cancellationToken)).SelectMany(backend => backend.Endpoints.Select(endpoint => new { backend.Cluster, endpoint.Priority, endpoint.Address, endpoint.Zone })).ToImmutableArray();
        Show(console, options, new { endpoints = rows }, () => Tables.Write(
            console, rows, ("Cluster", row => row.Cluster), ("Priority", row => $"{row.Priority}"), ("Address", row => row.Address), ("Zone", row => row.Zone)));
        return 0;
    }

    public static async Task<int> ExplainAsync(XdsOptions options, GatewayRequest request, IAnsiConsole console, CancellationToken cancellationToken)
    {
        using var server = new XdsAdmin(options);
        var report = await ExplainReport.ReadAsync(server, request, cancellationToken);
        Show(console, options, report, () => ExplainView.Write(console, report));
        return 0;
    }

    public static async Task<int> DiffAsync(XdsOptions options, string? node, Uri? envoy, IAnsiConsole console, CancellationToken cancellationToken)
    {
        var rows = envoy is null
            ? await Differences.ToldAsync(options, node, cancellationToken)
            : await Differences.ShownAsync(options, node, envoy, cancellationToken);
        Show(console, options, new { differences = rows }, () =>
        {
            if (rows.IsEmpty)
            {
                console.WriteLine("Nothing differs.");
                return;
            }

            Tables.Write(
                console, rows, ("Gateway", row => row.Gateway), ("Type", row => row.Type ?? ""), ("Name", row => row.Name ?? ""), ("State", row => row.State),
                ("Has", row => row.Has ?? ""), ("Should have", row => row.Wanted ?? ""), ("Reason", row => row.Reason ?? ""));
        });
        return rows.IsEmpty ? 0 : Differs;
    }

    private static void Show<T>(IAnsiConsole console, XdsOptions options, T answer, Action table)
    {
        if (options.Json)
        {
            JsonAnswer.Write(console, answer);
        }
        else
        {
            table();
        }
    }

    private static async Task<ImmutableArray<RouteRow>> ReadRoutesAsync(XdsAdmin server, string? host, CancellationToken cancellationToken)
    {
        if (host is null)
        {
            return RouteRow.Of(
                await server.MessagesAsync<ScopedRouteConfiguration>(ResourceType.ScopedRouteConfiguration, null, cancellationToken),
                await server.MessagesAsync<RouteConfiguration>(ResourceType.RouteConfiguration, null, cancellationToken));
        }

        var scopes = new Dictionary<string, ScopedRouteConfiguration>(StringComparer.Ordinal);
        var configurations = new Dictionary<string, RouteConfiguration>(StringComparer.Ordinal);
        foreach (var visibility in new[] { GatewayNames.External, GatewayNames.Local })
        {
            await FindAsync(server, visibility, host, scopes, configurations, cancellationToken);
        }

        return scopes.Count > 0 ? RouteRow.Of(scopes, configurations) : throw new CliException($"no ingress has the host {host}");
    }

    private static async Task FindAsync(
        XdsAdmin server, string visibility, string host, Dictionary<string, ScopedRouteConfiguration> scopes, Dictionary<string, RouteConfiguration> configurations, CancellationToken cancellationToken)
    {
        foreach (var name in RequestHost.Scopes(visibility, host))
        {
            if (await server.MessageAsync<ScopedRouteConfiguration>(ResourceType.ScopedRouteConfiguration, name, cancellationToken) is { } scope)
            {
                scopes[name] = scope;
                if (await server.MessageAsync<RouteConfiguration>(ResourceType.RouteConfiguration, scope.RouteConfigurationName, cancellationToken) is { } routes)
                {
                    configurations[routes.Name] = routes;
                }

                return;
            }
        }
    }

    private static async Task<ImmutableArray<BackendRow>> ReadBackendsAsync(XdsAdmin server, string? host, CancellationToken cancellationToken)
    {
        if (host is null)
        {
            return await BackendRow.ReadAllAsync(server, cancellationToken);
        }

        var scopes = new Dictionary<string, ScopedRouteConfiguration>(StringComparer.Ordinal);
        var configurations = new Dictionary<string, RouteConfiguration>(StringComparer.Ordinal);
        foreach (var visibility in new[] { GatewayNames.External, GatewayNames.Local })
        {
            await FindAsync(server, visibility, host, scopes, configurations, cancellationToken);
        }

        if (scopes.Count == 0)
        {
            throw new CliException($"no ingress has the host {host}");
        }

        var clusters = configurations.Values.SelectMany(routes => routes.VirtualHosts).SelectMany(entry => entry.Routes).Where(route => route.Route_ is not null)
            .SelectMany(route => RouteExplainer.Follow(route, new GatewayRequest { Host = host }).Splits).Select(split => split.Cluster);
        return await BackendRow.ReadAsync(server, [.. clusters.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)], cancellationToken);
    }
}
