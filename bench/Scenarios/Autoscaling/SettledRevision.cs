using k8s.Models;
using Knative.Xds.Core.Scaling;
using Knative.Xds.Core.Wire;
using Knative.Xds.Kube.Api;

namespace Knative.Xds.Scenarios.Autoscaling;

/// <summary>A revision's objects as an autoscaler leaves them when there is nothing to change: it has nothing to write.</summary>
internal static class SettledRevision
{
    private const int StockCapacity = 100, StockBurst = 211;
    private const long StableWindow = 60_000_000_000, PanicWindow = 6_000_000_000;
    private static readonly string[] PaConditions = ["Active", "Ready", "SKSReady", "ScaleTargetInitialized"];

    public static PodAutoscaler Pa(V1ObjectMeta metadata, int pods)
    {
        metadata.Annotations = new Dictionary<string, string> { [Labels.AutoscalerClass] = Labels.KpaClass };
        return new PodAutoscaler
        {
            Metadata = metadata,
            Spec = new PodAutoscalerSpec { ProtocolType = "http1", Reachability = "Reachable", ScaleTargetRef = Target(metadata.Name) },
            Status = new PodAutoscalerStatus
            {
                ObservedGeneration = 1,
                ServiceName = metadata.Name,
                MetricsServiceName = metadata.Name + "-private",
                DesiredScale = pods,
                ActualScale = pods,
                Conditions = [.. PaConditions.Select(True)],
            },
        };
    }

    public static ServerlessService Sks(V1ObjectMeta metadata, PodAutoscaler pa, int pods)
    {
        // Pods that are busy leave no capacity for bursts: activators stay in the path.
        var activators = Decider.ActivatorCount(new DeciderSpec { TotalValue = StockCapacity, TargetBurstCapacity = StockBurst, ActivatorCapacity = StockCapacity }, pods);
        metadata.OwnerReferences = OwnedBy(pa);
        return new ServerlessService
        {
            Metadata = metadata,
            Spec = new ServerlessServiceSpec
            {
                Mode = "Proxy",
                ProtocolType = "http1",
                NumActivators = activators,
                ObjectRef = new V1ObjectReference { ApiVersion = "apps/v1", Kind = "Deployment", Name = metadata.Name + "-deployment" },
            },
            Status = new ServerlessServiceStatus
            {
                ObservedGeneration = 1,
                ServiceName = metadata.Name,
                PrivateServiceName = metadata.Name + "-private",
                Conditions = [True("Ready")],
            },
        };
    }

    public static Metric Metric(V1ObjectMeta metadata, PodAutoscaler pa)
    {
        metadata.OwnerReferences = OwnedBy(pa);
        return new Metric
        {
            Metadata = metadata,
            Spec = new MetricSpec { StableWindow = StableWindow, PanicWindow = PanicWindow, ScrapeTarget = metadata.Name + "-private" },
            Status = new MetricStatus { ObservedGeneration = 1, Conditions = [True("Ready")] },
        };
    }

    private static ScaleTargetRef Target(string name) => new() { ApiVersion = "apps/v1", Kind = "Deployment", Name = name + "-deployment" };

    private static Condition True(string type) => new() { Type = type, Status = "True" };

    private static List<V1OwnerReference> OwnedBy(PodAutoscaler pa) =>
        [new V1OwnerReference { ApiVersion = pa.ApiVersion, Kind = pa.Kind, Name = pa.Metadata.Name, Uid = pa.Metadata.Uid, Controller = true, BlockOwnerDeletion = true }];
}
