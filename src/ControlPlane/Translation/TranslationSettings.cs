using Knative.Xds.Core.Model;
using Knative.Xds.Core.Wire;

namespace Knative.Xds.ControlPlane.Translation;

/// <summary>What the translation of every ingress needs to know about the cluster.</summary>
public sealed record TranslationSettings
{
    /// <summary>DNS suffix of the cluster.</summary>
    public string ClusterDomain { get; init; } = SystemNames.ClusterDomain;
    /// <summary>Whether a service authorizes requests: virtual hosts then say what it is told.</summary>
    public bool Authorizes { get; init; }
    /// <summary>Whether plain requests may be redirected to TLS; not where there is no listener for it, or something in front of the gateways does it.</summary>
    public bool AllowsRedirects { get; init; } = true;
    /// <summary>Whether activators and queue-proxies are spoken to by TLS.</summary>
    public bool SecuresBackends { get; init; }
    /// <summary>Why they cannot be, although they should: a half sentence; null when they can.</summary>
    public string? SecuringFault { get; init; }
    /// <summary>Secret with the certificate of external hosts that have none of their own; null leaves them without TLS.</summary>
    public ObjectKey? ExternalCertificate { get; init; }
    /// <summary>Secret with the certificate of cluster-local hosts that have none of their own; null leaves them without TLS.</summary>
    public ObjectKey? LocalCertificate { get; init; }
}
