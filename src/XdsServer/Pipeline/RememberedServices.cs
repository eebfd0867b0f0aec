using System.Collections.Immutable;
using Knative.Xds.ControlPlane.Translation;
using Knative.Xds.Core.Model;

namespace Knative.Xds.XdsServer.Pipeline;

/// <summary>What ingresses refer to as it is now, but for some Services, which are as an ingress knew them.</summary>
/// <param name="now">As it is now.</param>
/// <param name="services">Those Services.</param>
/// <param name="known">The ports that the ingress knew.</param>
internal sealed class RememberedServices(IBackendLookup now, IEnumerable<ObjectKey> services, ImmutableArray<BackendPort> known) : IBackendLookup
{
    private readonly Dictionary<ObjectKey, BackendService> _remembered =
        known.Where(port => services.Contains(port.Service.Key)).DistinctBy(port => port.Service.Key).ToDictionary(port => port.Service.Key, port => port.Service);

    /// <inheritdoc/>
    public BackendService? FindService(ObjectKey key) => _remembered.TryGetValue(key, out var service) ? service : now.FindService(key);

    /// <inheritdoc/>
    public CertificateReading FindCertificate(ObjectKey secret) => now.FindCertificate(secret);
}
