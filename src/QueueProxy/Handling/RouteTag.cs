namespace Knative.Xds.QueueProxy.Handling;

/// <summary>Names the route that a request came by, for metrics.</summary>
/// <remarks>Source: knative/serving pkg/queue/routetag_handler.go and request_metric.go.</remarks>
internal static class RouteTag
{
    private const string TagHeader = "Knative-Serving-Tag";
    private const string DefaultRouteHeader = "Knative-Serving-Default-Route";

    public static string Of(IHeaderDictionary headers)
    {
        var tag = headers[TagHeader].ToString();
        var isDefault = headers[DefaultRouteHeader].ToString();
        if (tag.Length == 0)
            return isDefault.Length == 0 ? "kn:disabled" : "kn:default";
        return isDefault == "true" ? "kn:undefined" : tag;
    }
}
