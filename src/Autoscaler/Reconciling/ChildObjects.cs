using k8s;
using k8s.Models;
using Knative.Xds.Core.Scaling;
using Knative.Xds.Kube.Api;

namespace Knative.Xds.Autoscaler.Reconciling;

/// <summary>Metadata of objects that belong to another, and the objects that belong to a PodAutoscaler.</summary>
/// <remarks>Source: knative/serving pkg/reconciler/autoscaling/resources/{sks,metric}.go.</remarks>
internal static class ChildObjects
{
    // What kubectl applied was the parent: on a child it would make the next apply undo our fields.
    private const string LastApplied = "kubectl.kubernetes.io/last-applied-configuration";

    public static V1ObjectMeta Metadata(IKubernetesObject<V1ObjectMeta> owner, string name, IEnumerable<KeyValuePair<string, string>>? extraLabels = null)
    {
        var labels = new Dictionary<string, string>(owner.Metadata.Labels ?? new Dictionary<string, string>());
        foreach (var (key, value) in extraLabels ?? [])
        {
            labels[key] = value;
        }

        return new V1ObjectMeta
        {
            Name = name,
            NamespaceProperty = owner.Metadata.NamespaceProperty,
            Labels = labels,
            Annotations = (owner.Metadata.Annotations ?? new Dictionary<string, string>())
                .Where(annotation => annotation.Key != LastApplied)
                .ToDictionary(annotation => annotation.Key, annotation => annotation.Value),
            OwnerReferences =
            [
                new V1OwnerReference
                {
                    ApiVersion = owner.ApiVersion,
                    Kind = owner.Kind,
                    Name = owner.Metadata.Name,
                    Uid = owner.Metadata.Uid,
                    Controller = true,
                    BlockOwnerDeletion = true,
                },
            ],
        };
    }

    public static bool IsOwnedBy(IKubernetesObject<V1ObjectMeta> child, IKubernetesObject<V1ObjectMeta> owner) =>
        child.Metadata.OwnerReferences?.Any(reference => reference.Controller == true && reference.Uid == owner.Metadata.Uid) == true;

    public static ServerlessService Sks(PodAutoscaler pa, ServerlessServiceSpec spec)
    {
        var sks = new ServerlessService { Metadata = Metadata(pa, pa.Metadata.Name), Spec = spec };
        sks.Metadata.Annotations.Remove(ScalingAnnotations.Metric);
        return sks;
    }

    public static ServerlessServiceSpec SksSpec(PodAutoscaler pa, string mode, int activators) => new()
    {
        Mode = mode,
        ProtocolType = pa.Spec.ProtocolType,
        NumActivators = activators,
        ObjectRef = new V1ObjectReference
        {
            ApiVersion = pa.Spec.ScaleTargetRef.ApiVersion,
            Kind = pa.Spec.ScaleTargetRef.Kind,
            Name = pa.Spec.ScaleTargetRef.Name,
        },
    };

    public static bool AreSame(ServerlessServiceSpec left, ServerlessServiceSpec right) =>
        left.Mode == right.Mode && left.ProtocolType == right.ProtocolType && (left.NumActivators ?? 0) == (right.NumActivators ?? 0)
        && left.ObjectRef?.ApiVersion == right.ObjectRef?.ApiVersion && left.ObjectRef?.Kind == right.ObjectRef?.Kind && left.ObjectRef?.Name == right.ObjectRef?.Name;

    public static Metric Metric(PodAutoscaler pa, MetricSpec spec) => new() { Metadata = Metadata(pa, pa.Metadata.Name), Spec = spec };

    /// <summary>The Service whose pods are scraped; empty when the activators report everything.</summary>
    public static string ScrapeTarget(RevisionScaling scaling, string metricsServiceName) => scaling.IsScraped ? metricsServiceName : "";

    public static MetricSpec MetricSpec(RevisionScaling scaling, string scrapeTarget) => new()
    {
        StableWindow = scaling.Decider.StableWindow.Nanoseconds,
        PanicWindow = scaling.PanicWindow.Nanoseconds,
        ScrapeTarget = scrapeTarget,
    };

    public static bool AreSame(MetricSpec left, MetricSpec right) =>
        left.StableWindow == right.StableWindow && left.PanicWindow == right.PanicWindow && left.ScrapeTarget == right.ScrapeTarget;
}
