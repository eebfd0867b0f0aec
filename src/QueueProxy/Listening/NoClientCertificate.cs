using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Http.Features;

namespace Knative.Xds.QueueProxy.Listening;

/// <summary>Tells the server that a connection came over TLS. Clients are not asked for certificates.</summary>
internal sealed class NoClientCertificate : ITlsConnectionFeature
{
    public X509Certificate2? ClientCertificate { get; set; }

    public Task<X509Certificate2?> GetClientCertificateAsync(CancellationToken cancellationToken) => Task.FromResult(ClientCertificate);
}
