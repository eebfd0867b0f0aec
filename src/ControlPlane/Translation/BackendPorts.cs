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
        var insecure = SecuringProblems(ingress).ToImmutableArray();
        Problems = problems.AddRange(insecure);
        IsServable = insecure.IsEmpty && IngressFields.Splits(ingress).All(entry => bySplit.ContainsKey((entry.Split.Service, entry.Split.Port)));
    }

    /// <summary>Services and ports that do not exist, or cannot be spoken to.</summary>
    public ImmutableArray<Problem> Problems { get; }

    /// <summary>Whether every split has a port in spite of them: the one that it had, or one that nobody answers.</summary>
    public bool IsServable { get; }

    /// <summary>The port of a path's split; only when <see cref="IsServable"/>.</summary>
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

    /// <summary>Finds the ports.</summary>
    /// <param name="ingress">The ingress.</param>
    /// <param name="lookup">The Services.</param>
    /// <param name="settings">What holds for all ingresses.</param>
    /// <param name="known">Ports of the last good version; null when there was none.</param>
    /// <remarks>What does not exist costs its own share alone, where it was there before, or where there is nothing before it that would be lost. Where a good version is to be
    /// left for a Service that is not there, that version stays: the Service may just not have been seen yet.</remarks>
    public static BackendPorts Resolve(Ingress ingress, IBackendLookup lookup, TranslationSettings settings, IReadOnlyCollection<BackendPort>? known)
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

            problems.Add(service is null
                ? new(ingress.Key, $"{field}.serviceName", "ServiceNotFound", $"{field}.serviceName: there is no Service {split.Service}.")
                : new(ingress.Key, $"{field}.servicePort", "ServicePortNotFound", $"{field}.servicePort: Service {split.Service} has no port {split.Port}."));
            if ((known is null ? BackendPort.Missing(split) : known.FirstOrDefault(port => port.IsOf(split))) is { } instead)
            {
                found[(split.Service, split.Port)] = instead;
            }
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
