namespace Knative.Xds.QueueProxy.Handling;

/// <summary>Names the route that a request came by, for metrics.</summary>
/// <remarks>Source: knative/serving pkg/queue/routetag_handler.go and request_metric.go.</remarks>
internal static class RouteTag
{
    public const string Undefined = "kn:undefined";
    private const string Disabled = "kn:disabled";
    private const string Default = "kn:default";
    private const string TagHeader = "Knative-Serving-Tag";
    private const string DefaultRouteHeader = "Knative-Serving-Default-Route";

    public static string Of(IHeaderDictionary headers)
    {
        var tag = headers[TagHeader].ToString();
        var isDefault = headers[DefaultRouteHeader].ToString();
        if (tag.Length == 0)
            return isDefault.Length == 0 ? Disabled : Default;
        return isDefault == "true" ? Undefined : tag;
    }

    /// <summary>The same in the words of releases up to 1.18.</summary>
    public static string Older(string tag) => tag switch
    {
        Undefined => "UNDEFINED",
        Disabled => "DISABLED",
        Default => "DEFAULT",
        _ => tag,
    };
}
