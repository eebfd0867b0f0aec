using System.Globalization;
using k8s.Models;
using Knative.Xds.Core.Model;
using Knative.Xds.Kube.Client;

namespace Knative.Xds.Kube.Projections;

/// <summary>Service to <see cref="BackendService"/>.</summary>
/// <remarks>Pure, total: the API validates Services itself.</remarks>
public static class BackendServiceProjection
{
    /// <summary>Projects one Service.</summary>
    public static BackendService Project(V1Service service) => new()
    {
        Key = KubeJson.KeyOf(service),
        ExternalName = service.Spec is { Type: "ExternalName", ExternalName: { Length: > 0 } name } ? name : null,
        ClusterIP = service.Spec?.ClusterIP,
        Ports = [.. (service.Spec?.Ports ?? []).Where(port => port is not null).Select(Port)],
    };

    private static BackendServicePort Port(V1ServicePort port)
    {
        var target = port.TargetPort?.ToString();
        return new BackendServicePort(port.Name ?? "", port.Port, target switch
        {
            // Without one, the pods listen on the Service's own port (Kubernetes default).
            null or "" or "0" => ServicePortRef.Of(port.Port),
            _ when int.TryParse(target, NumberStyles.None, CultureInfo.InvariantCulture, out var number) => ServicePortRef.Of(number),
            _ => ServicePortRef.Of(target),
        }, port.AppProtocol);
    }
}
