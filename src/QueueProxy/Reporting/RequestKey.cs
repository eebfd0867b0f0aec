using System.Globalization;

namespace Knative.Xds.QueueProxy.Reporting;

/// <summary>One series of request durations.</summary>
internal readonly record struct RequestKey(string Method, int Status, string RouteTag)
{
    public string Labels => string.Join(
        ',',
        PrometheusText.Label("http_request_method", Method),
        PrometheusText.Label("http_response_status_code", Status.ToString(CultureInfo.InvariantCulture)),
        PrometheusText.Label("kn_route_tag", RouteTag));
}
