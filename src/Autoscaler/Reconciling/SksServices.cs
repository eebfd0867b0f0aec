using k8s.Models;
using Knative.Xds.Core.Hashing;
using Knative.Xds.Core.Wire;
using Knative.Xds.Kube.Api;

namespace Knative.Xds.Autoscaler.Reconciling;

/// <summary>The two Services of an SKS.</summary>
/// <remarks>Source: knative/serving pkg/reconciler/serverlessservice/resources/services.go.</remarks>
internal static class SksServices
{
    private const string H2c = "h2c";
    private const string H2cAppProtocol = "kubernetes.io/h2c";

    public static string PrivateName(ServerlessService sks) => ChildName.Of(sks.Metadata.Name, ChildName.PrivateServiceSuffix);

    /// <summary>Port of queue-proxy and activator that serves the SKS's protocol.</summary>
    public static int TargetPort(ServerlessService sks) => sks.Spec.ProtocolType == H2c ? Ports.BackendHttp2 : Ports.BackendHttp;

    public static V1Service Private(ServerlessService sks, IDictionary<string, string> selector) => new()
    {
        Metadata = ChildObjects.Metadata(sks, PrivateName(sks), Marks(sks, Labels.ServiceTypePrivate)),
        Spec = new V1ServiceSpec { Ports = PrivatePorts(sks), Selector = new Dictionary<string, string>(selector) },
    };

    public static V1Service Public(ServerlessService sks) => new()
    {
        Metadata = ChildObjects.Metadata(sks, sks.Metadata.Name, Marks(sks, Labels.ServiceTypePublic)),
        Spec = new V1ServiceSpec { Ports = PublicPorts(sks) },
    };

    public static V1Endpoints PublicEndpoints(ServerlessService sks, IList<V1EndpointSubset>? subsets) => new()
    {
        Metadata = ChildObjects.Metadata(sks, sks.Metadata.Name, Marks(sks, Labels.ServiceTypePublic)),
        Subsets = subsets,
    };

    /// <summary>The Service with ports and selector put right; null when they are.</summary>
    public static V1Service? Repaired(V1Service found, V1Service wanted)
    {
        var samePorts = Describe(found.Spec?.Ports).SequenceEqual(Describe(wanted.Spec.Ports));
        var sameSelector = Describe(found.Spec?.Selector).SequenceEqual(Describe(wanted.Spec.Selector));
        if (samePorts && sameSelector)
        {
            return null;
        }

        // What else stands there (cluster IP, type) is not ours.
        var repaired = k8s.KubernetesJson.Deserialize<V1Service>(k8s.KubernetesJson.Serialize(found));
        repaired.Spec ??= new V1ServiceSpec();
        (repaired.Spec.Ports, repaired.Spec.Selector) = (wanted.Spec.Ports, wanted.Spec.Selector);
        return repaired;
    }

    private static IEnumerable<string> Describe(IList<V1ServicePort>? ports) =>
        ports?.Select(port => $"{port.Name} {port.Port} {port.TargetPort?.Value} {port.Protocol ?? "TCP"} {port.AppProtocol}") ?? [];

    private static IEnumerable<(string, string)> Describe(IDictionary<string, string>? selector) =>
        selector?.OrderBy(pair => pair.Key, StringComparer.Ordinal).Select(pair => (pair.Key, pair.Value)) ?? [];

    private static List<V1ServicePort> PublicPorts(ServerlessService sks) =>
    [
        sks.Spec.ProtocolType == H2c
            ? Port(Ports.NameHttp2, 81, Ports.BackendHttp2, H2cAppProtocol)
            : Port(Ports.NameHttp, Ports.ServiceHttp, Ports.BackendHttp),
        Port("https", 443, Ports.BackendHttps),
    ];

    private static List<V1ServicePort> PrivatePorts(ServerlessService sks)
    {
        var isH2c = sks.Spec.ProtocolType == H2c;
        var (name, target) = isH2c ? (Ports.NameHttp2, Ports.BackendHttp2) : (Ports.NameHttp, Ports.BackendHttp);
        return
        [
            Port(name, Ports.ServiceHttp, target, isH2c ? H2cAppProtocol : null),
            Port("https", 443, Ports.BackendHttps),
            Port("http-autometric", Ports.AutoscalingMetrics, "http-autometric"),
            Port("http-usermetric", Ports.UserMetrics, "http-usermetric"),
            Port(isH2c ? "http2-istio" : "http-istio", target, target),
        ];
    }

    private static V1ServicePort Port(string name, int port, IntOrString target, string? appProtocol = null) =>
        new() { Name = name, Port = port, TargetPort = target, Protocol = "TCP", AppProtocol = appProtocol };

    private static KeyValuePair<string, string>[] Marks(ServerlessService sks, string type) =>
        [new(Labels.ServerlessService, sks.Metadata.Name), new(Labels.ServiceType, type)];
}
