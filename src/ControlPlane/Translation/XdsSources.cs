using Envoy.Config.Core.V3;

namespace Knative.Xds.ControlPlane.Translation;

/// <summary>Where Envoy gets the resources that another one names.</summary>
internal static class XdsSources
{
    /// <summary>The stream that this resource came by.</summary>
    public static ConfigSource Ads() => new() { Ads = new AggregatedConfigSource(), ResourceApiVersion = ApiVersion.V3 };
}
