using System.Collections.Immutable;
using Knative.Xds.Core.Model;

namespace Knative.Xds.ControlPlane.Translation;

/// <summary>An ingress as gateways read it.</summary>
public static class IngressTranslator
{
    /// <summary>Translates one ingress.</summary>
    /// <remarks>
    /// Shape: a scope for each visibility and host names the ingress's one route configuration of that visibility, so that a change of
    /// routes touches one small resource. Equal input gives equal bytes, whatever the order of its maps.
    /// Errors: none thrown. With problems the resources are empty, but <see cref="IngressResources.Services"/> is complete: keep the last good ones
    /// and translate again when a Service changes.
    /// Source: knative-extensions/net-kourier pkg/generator/ingress_translator.go.
    /// </remarks>
    public static Translated<IngressResources> Translate(Ingress ingress, IBackendLookup backends, TranslationSettings? settings = null)
    {
        var services = ServicesOf(ingress);
        var found = BackendPorts.Resolve(ingress, backends);
        var problems = IngressValidator.Check(ingress).Concat(found.Problems).ToImmutableArray();
        if (!problems.IsEmpty)
        {
            return new(new IngressResources { Services = services }, problems);
        }

        var tables = RouteTables(ingress, found, settings ?? new TranslationSettings());
        return new(Resources(services, found, tables), []);
    }

    private static IngressResources Resources(ImmutableArray<ObjectKey> services, BackendPorts found, ImmutableArray<RouteTable> tables)
    {
        var ports = found.All;
        return new IngressResources
        {
            Services = services,
            Backends = [.. ports.Where(port => port.Service.ExternalName is null)],
            Clusters = [.. ports.Select(ClusterTranslator.Translate)],
            Scopes = [.. tables.SelectMany(table => table.Scopes).OrderBy(scope => scope.Name, StringComparer.Ordinal)],
            Routes = [.. tables.Select(table => table.Configuration)],
        };
    }

    // "external" sorts before "local". External rules are reachable on the local listener too, as with net-kourier.
    private static ImmutableArray<RouteTable> RouteTables(Ingress ingress, BackendPorts ports, TranslationSettings settings) =>
    [
        .. new[] { GatewayNames.External, GatewayNames.Local }
            .Select(visibility => RouteTable.Build(ingress, visibility, ports, settings))
            .Where(table => table.Configuration.VirtualHosts.Count > 0),
    ];

    private static ImmutableArray<ObjectKey> ServicesOf(Ingress ingress) =>
        [.. ingress.Rules.SelectMany(rule => rule.Paths).SelectMany(path => path.Splits).Select(split => split.Service).Distinct().Order()];
}
