using System.Globalization;
using k8s.Models;
using Knative.Xds.Core.Wire;
using Knative.Xds.Kube.Api;

namespace Knative.Xds.Scenarios.Rig;

/// <summary>The objects of a scenario: ingress <c>i</c> has two hosts and two splits of two headers each, to Services of its own.</summary>
internal static class IngressObjects
{
    public const string Namespace = "default";
    public static readonly string[] Sides = ["a", "b"];

    /// <summary>Name of an ingress.</summary>
    public static string Name(int ingress) => string.Create(CultureInfo.InvariantCulture, $"ing-{ingress:00000}");

    /// <summary>One of its two hosts.</summary>
    public static string Host(int ingress, int which) => string.Create(CultureInfo.InvariantCulture, $"h{which}.{Name(ingress)}.bench.example.com");

    /// <summary>An ingress whose traffic goes to side <c>a</c> by this percentage.</summary>
    public static KIngress Ingress(int ingress, int percentOfA, string? resourceVersion = null) => new()
    {
        Metadata = new V1ObjectMeta
        {
            NamespaceProperty = Namespace,
            Name = Name(ingress),
            ResourceVersion = resourceVersion,
            Annotations = new Dictionary<string, string> { [Labels.IngressClass] = Labels.XdsIngressClass },
        },
        Spec = new KIngressSpec
        {
            HttpOption = "Enabled",
            Rules =
            [
                new KIngressRule
                {
                    Hosts = [Host(ingress, 0), Host(ingress, 1)],
                    Visibility = "ExternalIP",
                    Http = new KIngressHttp { Paths = [new KIngressPath { Splits = [Split(ingress, "a", percentOfA), Split(ingress, "b", 100 - percentOfA)] }] },
                },
            ],
        },
    };

    /// <summary>The Service of a side.</summary>
    public static V1Service Service(int ingress, string side) => new()
    {
        Metadata = Meta(Revision(ingress, side)),
        Spec = new V1ServiceSpec { ClusterIP = "None", Ports = [new V1ServicePort { Name = "http", Port = 80, TargetPort = 8012 }] },
    };

    /// <summary>The endpoints of a side: one pod, or none.</summary>
    public static V1EndpointSlice Slice(int ingress, string side, int port, bool ready = true) => new()
    {
        Metadata = Meta(Revision(ingress, side), new Dictionary<string, string> { [Labels.SliceService] = Revision(ingress, side) }),
        AddressType = "IPv4",
        Ports = [new Discoveryv1EndpointPort { Name = "http", Port = port }],
        Endpoints = [new V1Endpoint { Addresses = [OwnNetwork.PodAddress], Conditions = new V1EndpointConditions { Ready = ready } }],
    };

    private static string Revision(int ingress, string side) => $"{Name(ingress)}-{side}";

    private static KIngressSplit Split(int ingress, string side, int percent) => new()
    {
        ServiceNamespace = Namespace,
        ServiceName = Revision(ingress, side),
        ServicePort = 80,
        Percent = percent,
        AppendHeaders = new Dictionary<string, string> { [HeaderNames.RevisionName] = Revision(ingress, side), [HeaderNames.RevisionNamespace] = Namespace },
    };

    private static V1ObjectMeta Meta(string name, Dictionary<string, string>? labels = null) => new() { NamespaceProperty = Namespace, Name = name, Labels = labels };
}
