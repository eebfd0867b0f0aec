using Knative.Xds.Core.Model;

namespace Knative.Xds.ControlPlane.Translation;

/// <summary>What ingresses refer to, as it was at one instant.</summary>
public interface IBackendLookup
{
    /// <summary>The Service of that name; null when there is none.</summary>
    BackendService? FindService(ObjectKey key);

    /// <summary>The certificate in the Secret of that name.</summary>
    CertificateReading FindCertificate(ObjectKey secret);
}
