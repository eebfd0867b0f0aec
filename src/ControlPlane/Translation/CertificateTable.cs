using System.Collections.Immutable;
using Envoy.Extensions.TransportSockets.Tls.V3;
using Knative.Xds.Core.Model;

namespace Knative.Xds.ControlPlane.Translation;

/// <summary>Which certificate each host of an ingress is served with.</summary>
/// <remarks>By host, and not for an ingress as a whole: a certificate that is still being issued, or is broken, costs its own hosts alone.</remarks>
internal sealed class CertificateTable
{
    private readonly SortedDictionary<string, CertificatePair> _byHost;

    private CertificateTable(SortedDictionary<string, CertificatePair> byHost) => _byHost = byHost;

    /// <summary>The Secrets that decide, existing or not. Sorted.</summary>
    public ImmutableArray<ObjectKey> Secrets { get; private init; } = [];
    /// <summary>Secrets without a good certificate.</summary>
    public ImmutableArray<Problem> Problems { get; private init; } = [];
    /// <summary>A Secret has not been read yet.</summary>
    public bool IsPending { get; private init; }
    /// <summary>One secret for each host that has a certificate, named like the host.</summary>
    public ImmutableArray<Secret> Resources => [.. _byHost.Select(entry => SecretTranslator.Certificate(entry.Key, entry.Value))];

    /// <summary>The Secret that each host's certificate is from.</summary>
    public ImmutableSortedDictionary<string, ObjectKey> Sources => _byHost.ToImmutableSortedDictionary(entry => entry.Key, entry => entry.Value.Secret, StringComparer.Ordinal);

    /// <summary>Whether a host can be reached by TLS.</summary>
    public bool Serves(string host) => _byHost.ContainsKey(host);

    /// <summary>Chooses for each host the first entry of spec.tls that names it, else the first with a wildcard for it, else the default certificate of its listener.</summary>
    /// <param name="ingress">The ingress.</param>
    /// <param name="lookup">Knows the certificates.</param>
    /// <param name="settings">Name the default certificates.</param>
    /// <param name="former">The Secrets that hosts have had their certificates from: it stays until another one has been read.</param>
    public static CertificateTable Build(Ingress ingress, IBackendLookup lookup, TranslationSettings settings, IReadOnlyDictionary<string, ObjectKey> former)
    {
        var defaults = new[] { settings.ExternalCertificate, settings.LocalCertificate }.OfType<ObjectKey>();
        var readings = ingress.Tls.Select(entry => entry.Secret).Concat(defaults).Distinct().ToDictionary(secret => secret, lookup.FindCertificate);
        var byHost = new SortedDictionary<string, CertificatePair>(StringComparer.Ordinal);
        HashSet<ObjectKey> kept = [];
        foreach (var (host, visibility) in HostTable.All(ingress, settings))
        {
            if ((ChosenFor(ingress, host) ?? DefaultFor(visibility, settings)) is not { } secret)
            {
                continue;
            }

            var reading = readings[secret];
            if (reading.IsPending && former.TryGetValue(host, out var before))
            {
                kept.Add(before);
                reading = lookup.FindCertificate(before);
            }

            if (reading.Pair is { } pair)
            {
                byHost[host] = pair;
            }
        }

        return new CertificateTable(byHost)
        {
            Secrets = [.. readings.Keys.Union(kept).Order()],
            Problems = [.. ProblemsOf(ingress, readings)],
            IsPending = readings.Values.Any(reading => reading.IsPending),
        };
    }

    private static ObjectKey? DefaultFor(IngressVisibility visibility, TranslationSettings settings) =>
        visibility == IngressVisibility.ExternalIP ? settings.ExternalCertificate : settings.LocalCertificate;

    private static ObjectKey? ChosenFor(Ingress ingress, string host) =>
        (ingress.Tls.FirstOrDefault(entry => Names(entry).Contains(host)) ?? ingress.Tls.FirstOrDefault(entry => Names(entry).Any(name => HostNames.Covers(name, host))))?.Secret;

    private static IEnumerable<string> Names(IngressTls entry) => entry.Hosts.Select(HostNames.Normalize);

    // Default certificates are the operator's: their faults are reported once, not by every ingress.
    private static IEnumerable<Problem> ProblemsOf(Ingress ingress, Dictionary<ObjectKey, CertificateReading> readings) =>
        from entry in ingress.Tls.Index()
        let fault = readings[entry.Item.Secret].Fault
        where fault is not null
        let field = $"spec.tls[{entry.Index}].secretName"
        select new Problem(ingress.Key, field, "CertificateUnavailable", $"{field}: Secret {entry.Item.Secret} {fault}.");
}
