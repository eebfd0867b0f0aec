using System.Collections.Immutable;
using Knative.Xds.Core.Model;
using Knative.Xds.Core.Wire;

namespace Knative.Xds.ControlPlane.Translation;

/// <summary>The service ports that the splits of an ingress name.</summary>
internal sealed class BackendPorts
{
    private readonly ImmutableDictionary<(ObjectKey Service, ServicePortRef Port), BackendPort> _bySplit;
    private readonly TranslationSettings _settings;
    private readonly bool _isHttp1Forced;

    private BackendPorts(Ingress ingress, TranslationSettings settings, ImmutableDictionary<(ObjectKey, ServicePortRef), BackendPort> bySplit, ImmutableArray<Problem> problems)
    {
        _bySplit = bySplit;
        _settings = settings;
        _isHttp1Forced = "true".Equals(ingress.Annotations.GetValueOrDefault(Labels.DisableHttp2), StringComparison.OrdinalIgnoreCase);
        Missing = problems;
        Insecure = [.. SecuringProblems(ingress)];
    }

    /// <summary>Services and ports that do not exist.</summary>
    public ImmutableArray<Problem> Missing { get; }

    /// <summary>What cannot be spoken to.</summary>
    public ImmutableArray<Problem> Insecure { get; }

    /// <summary>The port of a path's split.</summary>
    public BackendPort Of(IngressPath path, IngressSplit split)
    {
        var found = _bySplit[(split.Service, split.Port)];
        return found with { IsHttp1Forced = _isHttp1Forced, IsSecured = IsSecured(path, found) };
    }

    /// <summary>Each port once, sorted by cluster name.</summary>
    public ImmutableArray<BackendPort> All(Ingress ingress) =>
    [
        .. IngressFields.Paths(ingress)
            .SelectMany(entry => entry.Path.Splits.Select(split => Of(entry.Path, split)))
            .DistinctBy(port => port.ClusterName)
            .OrderBy(port => port.ClusterName, StringComparer.Ordinal),
    ];

    public static BackendPorts Resolve(Ingress ingress, IBackendLookup lookup, TranslationSettings settings)
    {
        var found = ImmutableDictionary.CreateBuilder<(ObjectKey, ServicePortRef), BackendPort>();
        var problems = ImmutableArray.CreateBuilder<Problem>();
        foreach (var (field, split) in IngressFields.Splits(ingress))
        {
            var service = lookup.FindService(split.Service);
            if (service is not null && PortOf(service, split.Port) is { } port)
            {
                found[(split.Service, split.Port)] = new BackendPort(service, port);
                continue;
            }

            found[(split.Service, split.Port)] = BackendPort.Missing(split);
            problems.Add(service is null
                ? new(ingress.Key, $"{field}.serviceName", "ServiceNotFound", $"{field}.serviceName: there is no Service {split.Service}.")
                : new(ingress.Key, $"{field}.servicePort", "ServicePortNotFound", $"{field}.servicePort: Service {split.Service} has no port {split.Port}."));
        }

        return new BackendPorts(ingress, settings, found.ToImmutable(), problems.ToImmutable());
    }

    /// <remarks>Other than the system's own pods nobody has its certificates: not the gateway that a rewritten host leads to, not the solver of a challenge, nothing
    /// outside the cluster. Source: knative-extensions/net-kourier pkg/generator/ingress_translator.go.</remarks>
    private bool IsSecured(IngressPath path, BackendPort port) =>
        _settings.SecuresBackends && path.RewriteHost.Length == 0 && port is { IsMissing: false, Service.ExternalName: null } && !AcmePaths.IsChallenge(path);

    // In clear the port would not answer; nobody's certificate can be checked.
    private IEnumerable<Problem> SecuringProblems(Ingress ingress) =>
        _settings.SecuringFault is { } fault && IngressFields.Paths(ingress).Any(entry => entry.Path.Splits.Any(split => _bySplit.TryGetValue((split.Service, split.Port), out var port) && IsSecured(entry.Path, port)))
            ? [new Problem(ingress.Key, "system-internal-tls", "AuthoritiesMissing", $"system-internal-tls of config-network is enabled, but {fault}.")]
            : [];

    private static BackendServicePort? PortOf(BackendService service, ServicePortRef wanted) =>
        service.Ports.FirstOrDefault(port => wanted.Name is null ? port.Port == wanted.Number : port.Name == wanted.Name)
        // A Service of type ExternalName needs no ports: they are those of another host.
        ?? (service.ExternalName is not null && wanted.Number > 0 ? new BackendServicePort("", wanted.Number, wanted, null) : null);
}
