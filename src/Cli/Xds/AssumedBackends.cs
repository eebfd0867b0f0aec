using Knative.Xds.ControlPlane.Translation;
using Knative.Xds.Core.Model;
using Knative.Xds.Kube.Manifests;

namespace Knative.Xds.Cli.Xds;

/// <summary>The Services of a manifest; one that it has not is taken to have the ports that its ingresses name.</summary>
internal sealed class AssumedBackends(RoutingManifests manifests) : IBackendLookup
{
    private readonly HashSet<ObjectKey> _assumed = [];
    private readonly HashSet<ObjectKey> _missing = [];

    /// <summary>Services that were asked for and that the manifest has not.</summary>
    public IReadOnlyCollection<ObjectKey> Assumed => _assumed;

    /// <summary>Secrets that were asked for and that the manifest has not: their hosts are translated as they are before their certificate is there.</summary>
    public IReadOnlyCollection<ObjectKey> MissingSecrets => _missing;

    public BackendService? FindService(ObjectKey key)
    {
        if (manifests.Services.TryGetValue(key, out var service))
        {
            return service;
        }

        _assumed.Add(key);
        var ports = manifests.Ingresses.SelectMany(ingress => ingress.Rules).SelectMany(rule => rule.Paths).SelectMany(path => path.Splits)
            .Where(split => split.Service == key).Select(split => split.Port).Distinct();
        return new BackendService { Key = key, Ports = [.. ports.Select(Assume)] };
    }

    public CertificateReading FindCertificate(ObjectKey secret)
    {
        if (manifests.Certificates.TryGetValue(secret, out var found))
        {
            return new(found.Value, found.Problems is [var first, ..] ? $"is unusable: {first.Message.TrimEnd('.')}" : null);
        }

        _missing.Add(secret);
        return default;
    }

    private static BackendServicePort Assume(ServicePortRef port) => new(port.Name ?? "", port.Number == 0 ? 80 : port.Number, port, null);
}
