using System.Diagnostics.CodeAnalysis;

namespace Knative.Xds.XdsServer.LoadReports;

/// <summary>What load is counted by.</summary>
/// <param name="Cluster">Name of the cluster, <c>namespace/service/port</c>, behind it how the port is spoken to where that is out of the ordinary.</param>
/// <param name="Target">Which of its endpoints.</param>
internal readonly record struct LoadKey(string Cluster, LoadTarget Target)
{
    /// <summary>Values of the labels namespace, revision, port and target; false when the cluster is none of a Service's port.</summary>
    public bool TryGetLabels([NotNullWhen(true)] out string[]? labels)
    {
        labels = Cluster.Split('/', 3) is [var ns, var service, var port] ? [ns, service, port, Target == LoadTarget.Pods ? "pods" : "activator"] : null;
        return labels is not null;
    }
}
