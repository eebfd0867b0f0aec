namespace Knative.Xds.Core.Model;

/// <summary>Where a ServerlessService sends its traffic.</summary>
public enum SksMode
{
    /// <summary>To the activators.</summary>
    Proxy,
    /// <summary>To the revision's pods.</summary>
    Serve,
}
