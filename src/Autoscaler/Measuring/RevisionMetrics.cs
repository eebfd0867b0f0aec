using Knative.Xds.Core.Model;
using Knative.Xds.Hosting;
using Prometheus;

namespace Knative.Xds.Autoscaler.Measuring;

/// <summary>Gauges of revisions, under the names of today's Knative and, for dashboards made before 1.19, under the older ones.</summary>
/// <remarks>Threading: safe. Source: knative/serving pkg/autoscaler/scaling/metrics.go, pkg/reconciler/autoscaling/kpa/metrics.go, and branch release-1.18 of them.</remarks>
internal sealed class RevisionMetrics
{
    private static readonly string[] Labels = ["k8s_namespace_name", "kn_service_name", "kn_configuration_name", "kn_revision_name"];
    private static readonly string[] OldLabels = ["namespace_name", "service_name", "configuration_name", "revision_name"];

    private static readonly (RevisionValue Value, string Name, string OldName, string Help)[] Table =
    [
        (RevisionValue.Desired, "kn_revision_pods_desired", "autoscaler_desired_pods", "Pods that the decider wants."),
        (RevisionValue.Requested, "kn_revision_pods_requested", "autoscaler_requested_pods", "Pods asked of the scale target."),
        (RevisionValue.Ready, "kn_revision_pods_count", "autoscaler_actual_pods", "Ready pods."),
        (RevisionValue.NotReady, "kn_revision_pods_not_ready_count", "autoscaler_not_ready_pods", "Pods that are not ready."),
        (RevisionValue.Pending, "kn_revision_pods_pending_count", "autoscaler_pending_pods", "Pending pods."),
        (RevisionValue.Terminating, "kn_revision_pods_terminating_count", "autoscaler_terminating_pods", "Terminating pods."),
        (RevisionValue.ExcessCapacity, "kn_revision_capacity_excess", "autoscaler_excess_burst_capacity", "Excess burst capacity."),
        (RevisionValue.Panic, "kn_revision_panic_mode", "autoscaler_panic_mode", "1 while panicking."),
        (RevisionValue.StableConcurrency, "kn_revision_concurrency_stable", "autoscaler_stable_request_concurrency", "Average concurrency over the stable window."),
        (RevisionValue.PanicConcurrency, "kn_revision_concurrency_panic", "autoscaler_panic_request_concurrency", "Average concurrency over the panic window."),
        (RevisionValue.TargetConcurrency, "kn_revision_concurrency_target", "autoscaler_target_concurrency_per_pod", "Wanted concurrency per pod."),
        (RevisionValue.StableRps, "kn_revision_rps_stable_per_second", "autoscaler_stable_requests_per_second", "Requests per second over the stable window."),
        (RevisionValue.PanicRps, "kn_revision_rps_panic_per_second", "autoscaler_panic_requests_per_second", "Requests per second over the panic window."),
        (RevisionValue.TargetRps, "kn_revision_rps_target_per_second", "autoscaler_target_requests_per_second", "Wanted requests per second per pod."),
    ];

    private readonly Gauge[] _current;
    private readonly Gauge[] _old;

    public RevisionMetrics(IMetricFactory factory, AutoscalerOptions options)
    {
        // A value that is not known yet is not published as zero.
        var quiet = new GaugeConfiguration { SuppressInitialValue = true };
        var own = factory.InScope(AutoscalerMetrics.Scope);
        _current = [.. Table.Select(row => own.CreateGauge(row.Name, row.Help, Labels, quiet))];
        _old = options.OldMetricNames ? [.. Table.Select(row => factory.CreateGauge(row.OldName, row.Help, OldLabels, quiet))] : [];
    }

    /// <summary>Gauges for one value, the older name last.</summary>
    public IEnumerable<Gauge> GaugesOf(RevisionValue value) => _old.Length == 0 ? [_current[(int)value]] : [_current[(int)value], _old[(int)value]];

    /// <summary>Label values of a revision, in the order of both label sets.</summary>
    public static string[] LabelsOf(ObjectKey key, IDictionary<string, string>? labels) =>
    [
        key.Namespace,
        Value(labels, Core.Wire.Labels.Service),
        Value(labels, Core.Wire.Labels.Configuration),
        key.Name,
    ];

    private static string Value(IDictionary<string, string>? labels, string name) => labels?.TryGetValue(name, out var value) == true ? value : "";
}
