namespace Knative.Xds.Core.Model;

/// <summary>What plain HTTP requests to an ingress with TLS get.</summary>
public enum HttpOption
{
    /// <summary>They are served.</summary>
    Enabled,
    /// <summary>They are answered 301 to https.</summary>
    Redirected,
}
