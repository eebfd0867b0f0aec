namespace Knative.Xds.Core.Networking;

/// <summary>What plain HTTP requests get where a Route does not say it.</summary>
public enum HttpProtocol
{
    /// <summary>They are served.</summary>
    Enabled,
    /// <summary>They are not served.</summary>
    Disabled,
    /// <summary>They are redirected to https.</summary>
    Redirected,
}
