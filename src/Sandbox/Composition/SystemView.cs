using k8s.Models;
using Knative.Xds.Core.Model;
using Knative.Xds.Core.Wire;
using Knative.Xds.Kube.Api;
using Knative.Xds.Kube.Client;
using Knative.Xds.Kube.Watching;
using Microsoft.Extensions.Logging;

namespace Knative.Xds.Sandbox.Composition;

/// <summary>Follows the objects that an operator looks at, and puts them together with what the services count.</summary>
public sealed class SystemView
{
    private const string ByRevision = "revision";
    private readonly Informer<PodAutoscaler> _autoscalers;
    private readonly Informer<ServerlessService> _services;
    private readonly Informer<KIngress> _ingresses;
    private readonly Informer<V1Pod> _pods;
    private readonly Func<ObjectKey, RequestCounts> _requests;

    internal SystemView(KubeClient client, Func<ObjectKey, RequestCounts> requests, TimeProvider time, ILogger logger)
    {
        _autoscalers = new Informer<PodAutoscaler>(client, new ObjectQuery(), time, logger);
        _services = new Informer<ServerlessService>(client, new ObjectQuery(), time, logger);
        _ingresses = new Informer<KIngress>(client, new ObjectQuery(), time, logger);
        _pods = new Informer<V1Pod>(client, new ObjectQuery(null, Labels.Revision), time, logger);
        _pods.Store.AddIndex(ByRevision, pod => [new ObjectKey(pod.Namespace(), pod.GetLabel(Labels.Revision)).ToString()]);
        _requests = requests;
    }

    /// <summary>The state now.</summary>
    public SystemSnapshot Current() => new(
        [.. _autoscalers.Store.List().Select(ViewOf).OrderBy(view => view.Key)],
        [.. _ingresses.Store.List().Select(ViewOf).OrderBy(view => new ObjectKey(view.Namespace, view.Name))]);

    /// <summary>Addresses of the ready pods of revisions.</summary>
    internal IEnumerable<(ObjectKey Revision, string Address)> ReadyPods() =>
        from pod in _pods.Store.List()
        where IsReady(pod) && !string.IsNullOrEmpty(pod.Status.PodIP)
        select (new ObjectKey(pod.Namespace(), pod.GetLabel(Labels.Revision)), pod.Status.PodIP);

    private static bool IsReady(V1Pod pod) => pod.Status?.Conditions?.Any(condition => condition is { Type: "Ready", Status: "True" }) ?? false;

    internal Task RunAsync(CancellationToken cancellationToken) => Task.WhenAll(
        _autoscalers.RunAsync(cancellationToken), _services.RunAsync(cancellationToken), _ingresses.RunAsync(cancellationToken), _pods.RunAsync(cancellationToken));

    private RevisionView ViewOf(PodAutoscaler autoscaler)
    {
        var key = new ObjectKey(autoscaler.Namespace(), autoscaler.Name());
        var pods = _pods.Store.ByIndex(ByRevision, key.ToString());
        var requests = _requests(key);
        return new RevisionView
        {
            Key = key,
            Share = ShareOf(key),
            Mode = _services.Store.TryGet(key, out var service) ? service.Spec.Mode : "-",
            Active = ActiveOf(autoscaler),
            DesiredScale = autoscaler.Status?.DesiredScale,
            Pods = pods.Count,
            ReadyPods = pods.Count(IsReady),
            InFlight = requests.InFlight,
            Waiting = requests.Waiting,
        };
    }

    private string ShareOf(ObjectKey revision)
    {
        var shares =
            from ingress in _ingresses.Store.List()
            from rule in ingress.Spec.Rules ?? []
            where rule.Visibility != "ClusterLocal"
            from path in rule.Http?.Paths ?? []
            from split in path.Splits ?? []
            where split.ServiceNamespace == revision.Namespace && split.ServiceName == revision.Name && path.Splits!.Count > 1
            select $"{split.Percent} %";
        return string.Join(", ", shares.Distinct());
    }

    private static string ActiveOf(PodAutoscaler autoscaler) =>
        autoscaler.Status?.Conditions?.Find(condition => condition.Type == "Active") is { } active
            ? string.IsNullOrEmpty(active.Reason) ? active.Status : $"{active.Status} ({active.Reason})"
            : "-";

    private static IngressView ViewOf(KIngress ingress) => new(
        ingress.Namespace(), ingress.Name(), ingress.Status?.Conditions?.Find(condition => condition.Type == "Ready")?.Status ?? "Unknown");
}
