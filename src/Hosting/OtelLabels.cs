using Prometheus;

namespace Knative.Xds.Hosting;

/// <summary>Labels by which an OpenTelemetry exporter says where metrics come from.</summary>
/// <remarks>Source: OpenTelemetry's specification of compatibility with Prometheus, "Instrumentation Scope" and "Resource Attributes".</remarks>
public static class OtelLabels
{
    /// <summary>Gives every metric of a factory the name of its scope.</summary>
    public static IMetricFactory InScope(this IMetricFactory factory, string scope)
    {
        ArgumentNullException.ThrowIfNull(factory);
        return factory.WithLabels(new Dictionary<string, string> { ["otel_scope_name"] = scope });
    }

    /// <summary>Publishes <c>target_info</c>: which process reports.</summary>
    /// <param name="factory">Where its metrics are.</param>
    /// <param name="service">Name of the service, which is that of its container.</param>
    /// <param name="pod">Name of its pod; empty where there is none.</param>
    /// <param name="systemNamespace">Its namespace.</param>
    public static void PublishTarget(this IMetricFactory factory, string service, string pod, string systemNamespace)
    {
        ArgumentNullException.ThrowIfNull(factory);
        (string Name, string Value)[] attributes =
            [("service_name", service), ("service_instance_id", pod), ("k8s_namespace_name", systemNamespace), ("k8s_pod_name", pod), ("k8s_container_name", service)];
        var known = Array.FindAll(attributes, attribute => attribute.Value.Length > 0);
        factory.CreateGauge("target_info", "What reports these metrics.", [.. known.Select(attribute => attribute.Name)]).WithLabels([.. known.Select(attribute => attribute.Value)]).Set(1);
    }
}
