using Knative.Xds.Sandbox.Api.Printing;
using Knative.Xds.Sandbox.Api.Schemas;

namespace Knative.Xds.Sandbox.Api.Kinds;

/// <summary>The kinds that are served from the start.</summary>
internal static class BuiltInKinds
{
    public const string CrdResource = "customresourcedefinitions.apiextensions.k8s.io";

    private static readonly string[] All = ["all"];
    private static readonly ScalePaths Replicas = new("spec.replicas", "status.replicas", "spec.selector");

    /// <summary>A new set: some rules keep state (allocated addresses) that belongs to one store.</summary>
    public static IReadOnlyList<ResourceKind> Create() => [.. Core(), .. Workloads(), .. Networking(), .. Access()];

    private static IEnumerable<ResourceKind> Core() =>
    [
        Kind("", "v1", "namespaces", "Namespace", "core.v1.Namespace") with
        {
            Namespaced = false, ShortNames = ["ns"], HasStatus = true, Rules = new NamespaceRules(), SelectableFields = ["status.phase"],
            OtherSubresources = new Dictionary<string, string> { ["finalize"] = "Namespace" }, Columns = BuiltInColumns.Namespaces,
        },
        Kind("", "v1", "configmaps", "ConfigMap", "core.v1.ConfigMap") with { ShortNames = ["cm"], Columns = BuiltInColumns.ConfigMaps },
        Kind("", "v1", "secrets", "Secret", "core.v1.Secret") with { Rules = new SecretRules(), SelectableFields = ["type"], Columns = BuiltInColumns.Secrets },
        Kind("", "v1", "serviceaccounts", "ServiceAccount", "core.v1.ServiceAccount") with { ShortNames = ["sa"], ReturnsDeleted = true, Columns = BuiltInColumns.Plain },
        Kind("", "v1", "events", "Event", "core.v1.Event") with
        {
            ShortNames = ["ev"], Columns = BuiltInColumns.Events,
            SelectableFields = ["involvedObject.kind", "involvedObject.namespace", "involvedObject.name", "involvedObject.uid", "involvedObject.apiVersion", "involvedObject.resourceVersion", "involvedObject.fieldPath", "reason", "reportingComponent", "source", "type"],
        },
        Kind("", "v1", "nodes", "Node", "core.v1.Node") with
        {
            Namespaced = false, ShortNames = ["no"], HasStatus = true, StatusOnCreate = true, SelectableFields = ["spec.unschedulable"], Columns = BuiltInColumns.Nodes,
        },
        Kind("", "v1", "pods", "Pod", "core.v1.Pod") with
        {
            ShortNames = ["po"], Categories = All, HasStatus = true, TracksGeneration = true, ReturnsDeleted = true, Rules = new PodRules(), Columns = BuiltInColumns.Pods,
            SelectableFields = ["spec.nodeName", "spec.restartPolicy", "spec.schedulerName", "spec.serviceAccountName", "spec.hostNetwork", "status.phase", "status.podIP", "status.nominatedNodeName"],
            OtherSubresources = new Dictionary<string, string> { ["log"] = "Pod", ["binding"] = "Binding" },
        },
    ];

    private static IEnumerable<ResourceKind> Workloads() =>
    [
        Kind("apps", "v1", "deployments", "Deployment", "apps.v1.Deployment") with
        {
            ShortNames = ["deploy"], Categories = All, HasStatus = true, TracksGeneration = true, Scale = Replicas, Rules = new WorkloadRules(), Columns = BuiltInColumns.Deployments,
        },
        Kind("apps", "v1", "replicasets", "ReplicaSet", "apps.v1.ReplicaSet") with
        {
            ShortNames = ["rs"], Categories = All, HasStatus = true, TracksGeneration = true, Scale = Replicas, Rules = new WorkloadRules(), Columns = BuiltInColumns.ReplicaSets,
        },
        Kind("autoscaling", "v2", "horizontalpodautoscalers", "HorizontalPodAutoscaler", "autoscaling.v2.HorizontalPodAutoscaler") with
        {
            ShortNames = ["hpa"], Categories = All, HasStatus = true, Columns = BuiltInColumns.HorizontalPodAutoscalers,
        },
    ];

    private static IEnumerable<ResourceKind> Networking() =>
    [
        Kind("", "v1", "services", "Service", "core.v1.Service") with
        {
            ShortNames = ["svc"], Categories = All, HasStatus = true, ReturnsDeleted = true, Rules = new ServiceRules(), SelectableFields = ["spec.clusterIP", "spec.type"], Columns = BuiltInColumns.Services,
        },
        Kind("", "v1", "endpoints", "Endpoints", "core.v1.Endpoints") with { Singular = "endpoints", ListKind = "EndpointsList", ShortNames = ["ep"], Columns = BuiltInColumns.Endpoints, Deprecation = "v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice" },
        Kind("discovery.k8s.io", "v1", "endpointslices", "EndpointSlice", "discovery.v1.EndpointSlice") with { TracksGeneration = true, Columns = BuiltInColumns.EndpointSlices },
        Kind("coordination.k8s.io", "v1", "leases", "Lease", "coordination.v1.Lease") with { UnconditionalUpdate = false, Columns = BuiltInColumns.Leases },
    ];

    private static IEnumerable<ResourceKind> Access() =>
    [
        Kind("apiextensions.k8s.io", "v1", "customresourcedefinitions", "CustomResourceDefinition", "apiextensions.v1.CustomResourceDefinition") with
        {
            Namespaced = false, ShortNames = ["crd", "crds"], Categories = ["api-extensions"], HasStatus = true, TracksGeneration = true, UnconditionalUpdate = false, Rules = new CrdRules(), Columns = BuiltInColumns.Crds,
        },
        Kind("rbac.authorization.k8s.io", "v1", "roles", "Role", "rbac.v1.Role") with { Columns = BuiltInColumns.CreatedAt },
        Kind("rbac.authorization.k8s.io", "v1", "rolebindings", "RoleBinding", "rbac.v1.RoleBinding") with { Columns = BuiltInColumns.Bindings },
        Kind("rbac.authorization.k8s.io", "v1", "clusterroles", "ClusterRole", "rbac.v1.ClusterRole") with { Namespaced = false, Columns = BuiltInColumns.CreatedAt },
        Kind("rbac.authorization.k8s.io", "v1", "clusterrolebindings", "ClusterRoleBinding", "rbac.v1.ClusterRoleBinding") with { Namespaced = false, Columns = BuiltInColumns.Bindings },
    ];

    private static ResourceKind Kind(string group, string version, string plural, string kind, string type) => new(group, version, plural, kind, BuiltInTypes.Get(type));
}
