namespace Knative.Xds.QueueProxy.Reporting;

/// <summary>What reports: the attributes that metrics and traces are found by.</summary>
/// <remarks>Source: knative/serving pkg/queue/sharedmain/otel.go.</remarks>
internal static class ResourceAttributes
{
    public const string Container = "queue-proxy";

    /// <summary>OpenTelemetry's names and their values; those without a value are left out.</summary>
    public static IEnumerable<(string Name, string Value)> Of(QueueOptions options)
    {
        string[] names = [options.TelemetryName, options.Service, options.Configuration, options.Revision, options.Pod];
        (string Name, string Value)[] attributes =
        [
            ("service.name", Array.Find(names, name => name.Length > 0) ?? ""),
            ("service.instance.id", options.Pod),
            ("k8s.pod.name", options.Pod),
            ("k8s.namespace.name", options.Namespace),
            ("k8s.container.name", Container),
            ("kn.service.name", options.Service),
            ("kn.configuration.name", options.Configuration),
            ("kn.revision.name", options.Revision),
        ];
        return attributes.Where(attribute => attribute.Value.Length > 0);
    }
}
