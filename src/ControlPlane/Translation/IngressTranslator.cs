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
    /// and translate again when a Service changes. A Secret without a certificate is no such problem: it costs its hosts the TLS, and nothing else
    /// (<see cref="IngressResources.CertificateProblems"/>). Nor is a Service or port that does not exist: it costs its share of the traffic
    /// (<see cref="IngressResources.BackendProblems"/>).
    /// Source: knative-extensions/net-kourier pkg/generator/ingress_translator.go.
    /// </remarks>
    /// <param name="ingress">The ingress.</param>
    /// <param name="backends">What it refers to.</param>
    /// <param name="settings">What holds for all ingresses; null for the defaults.</param>
    /// <param name="formerCertificates">The <see cref="IngressResources.CertificateSources"/> of what is served now: a host keeps its certificate until the Secret that is named
    /// now has been read. Null where nothing is served.</param>
    public static Translated<IngressResources> Translate(Ingress ingress, IBackendLookup backends, TranslationSettings? settings = null, IReadOnlyDictionary<string, ObjectKey>? formerCertificates = null)
    {
        settings ??= new TranslationSettings();
        var services = ServicesOf(ingress);
        var found = BackendPorts.Resolve(ingress, backends, settings);
        var problems = IngressValidator.Check(ingress).Concat(found.Insecure).ToImmutableArray();
        if (!problems.IsEmpty)
        {
            return new(new IngressResources { Services = services }, problems.AddRange(found.Missing));
        }

        var certificates = CertificateTable.Build(ingress, backends, settings, formerCertificates ?? ImmutableDictionary<string, ObjectKey>.Empty);
        return new(Resources(services, new RouteContext(ingress, found, certificates, settings)), []);
    }

    private static IngressResources Resources(ImmutableArray<ObjectKey> services, RouteContext context)
    {
        var ports = context.Ports.All(context.Ingress);
        var found = ports.RemoveAll(port => port.IsMissing);
        var tables = RouteTables(context);
        return new IngressResources
        {
            Services = services,
            Secrets = context.Certificates.Secrets,
            IsPending = context.Certificates.IsPending,
            CertificateProblems = context.Certificates.Problems,
            Certificates = context.Certificates.Resources,
            CertificateSources = context.Certificates.Sources,
            BackendProblems = context.Ports.Missing,
            Missing = MissingOf(context),
            Ports = found,
            Backends = found.RemoveAll(port => port.Service.ExternalName is not null),
            Clusters = [.. ports.Select(ClusterTranslator.Translate)],
            Scopes = [.. tables.SelectMany(table => table.Scopes).OrderBy(scope => scope.Name, StringComparer.Ordinal)],
            Routes = [.. tables.Select(table => table.Configuration)],
        };
    }

    // "external" sorts before "local".
    private static ImmutableArray<RouteTable> RouteTables(RouteContext context) =>
    [
        .. new[] { GatewayNames.External, GatewayNames.Local }
            .Select(visibility => RouteTable.Build(context, visibility))
            .Where(table => table.Configuration.VirtualHosts.Count > 0),
    ];

    private static ImmutableArray<ObjectKey> MissingOf(RouteContext context) =>
    [
        .. IngressFields.Paths(context.Ingress)
            .SelectMany(entry => entry.Path.Splits.Where(split => entry.Path.GivesTo(split) && context.Ports.Of(entry.Path, split).IsMissing))
            .Select(split => split.Service).Distinct().Order(),
    ];

    private static ImmutableArray<ObjectKey> ServicesOf(Ingress ingress) =>
        [.. ingress.Rules.SelectMany(rule => rule.Paths).SelectMany(path => path.Splits).Select(split => split.Service).Distinct().Order()];
}
