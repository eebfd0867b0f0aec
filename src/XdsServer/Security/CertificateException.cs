namespace Knative.Xds.XdsServer.Security;

/// <summary>A certificate file that cannot be used.</summary>
internal sealed class CertificateException(string message, Exception? inner = null) : Exception(message, inner);
