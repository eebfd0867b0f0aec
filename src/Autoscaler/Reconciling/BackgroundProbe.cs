using System.Globalization;
using Knative.Xds.Core.Wire;

namespace Knative.Xds.Autoscaler.Reconciling;

/// <summary>Probing that goes on beside the reconciles of a revision.</summary>
/// <param name="Address">What upstream asks; where endpoints are known, each of them is asked instead.</param>
/// <param name="Period">Time between two probes, and before the first.</param>
/// <param name="Limit">How long it goes on.</param>
/// <remarks>Source: knative/serving pkg/reconciler/autoscaling/kpa/scaler.go; the two slashes of the address are upstream's, and mean nothing.</remarks>
internal sealed record BackgroundProbe(string Address, TimeSpan Period, TimeSpan Limit)
{
    private const int Http2ServicePort = 81;
    private const string H2c = "h2c";

    public static BackgroundProbe Of(ScaleTarget target, string clusterDomain) => new(AddressOf(target, clusterDomain), TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(45));

    /// <summary>Address of a revision's Service as upstream probes it.</summary>
    public static string AddressOf(ScaleTarget target, string clusterDomain) => string.Create(
        CultureInfo.InvariantCulture,
        $"http://{target.Sks?.Status?.ServiceName}.{target.Key.Namespace}.svc.{clusterDomain}:{(target.Pa.Spec.ProtocolType == H2c ? Http2ServicePort : Ports.ServiceHttp)}/{ProbeValues.HealthPath}");
}
