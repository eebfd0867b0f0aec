namespace Knative.Xds.ControlPlane.Translation;

/// <summary>Versions of TLS that are safe to offer.</summary>
public enum TlsVersion
{
    /// <summary>TLS 1.2.</summary>
    Tls12,
    /// <summary>TLS 1.3.</summary>
    Tls13,
}
