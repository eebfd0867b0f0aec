namespace Knative.Xds.Core.Model;

/// <summary>Protocol that a revision's container speaks.</summary>
public enum AppProtocol
{
    /// <summary>HTTP/1.1.</summary>
    Http1,
    /// <summary>HTTP/2 without TLS.</summary>
    H2C,
}
