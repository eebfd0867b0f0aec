using System.Collections.Immutable;
using Knative.Xds.ControlPlane.Translation;
using Knative.Xds.Core.Model;
using Knative.Xds.XdsServer.Fleets;
using Knative.Xds.XdsServer.Pipeline;

namespace Knative.Xds.XdsServer.Tests.Pipeline;

/// <summary>A cluster in memory; its ingresses are of class <c>c</c> unless told otherwise.</summary>
internal sealed class FakeCluster(FleetDirectory fleets) : IClusterView
{
    private static readonly ImmutableSortedDictionary<string, int> Ports = ImmutableSortedDictionary<string, int>.Empty.Add("http", 8012).Add("h2c", 8013);

    public Dictionary<ObjectKey, Ingress> IngressesByKey { get; } = [];
    public Dictionary<ObjectKey, BackendService> Services { get; } = [];
    public Dictionary<ObjectKey, string> PodOf { get; } = [];
    /// <summary>resourceVersions of ingresses, where they matter.</summary>
    public Dictionary<ObjectKey, long> Versions { get; } = [];

    public IEnumerable<ObjectKey> Ingresses => IngressesByKey.Keys;

    /// <summary>What the server stumbles over: <c>ingress ns/a</c>, <c>service ns/b</c>, <c>endpoints ns/b</c>.</summary>
    public HashSet<string> Stones { get; } = [];

    public IngressReading? FindIngress(ObjectKey key) =>
        IsClear("ingress", key) && IngressesByKey.TryGetValue(key, out var ingress) && fleets.Serving(ingress.Class, ingress.Labels) is { IsEmpty: false } serving
            ? new(ingress.Generation, ingress.CreatedAt, serving, ingress, []) { Version = Versions.GetValueOrDefault(key) }
            : null;

    public BackendService? FindService(ObjectKey key) => IsClear("service", key) ? Services.GetValueOrDefault(key) : null;

    public Dictionary<ObjectKey, CertificateReading> Certificates { get; } = [];

    public CertificateReading FindCertificate(ObjectKey secret) => Certificates.GetValueOrDefault(secret);

    public EndpointView Endpoints(BackendPort backend) => new()
    {
        Backend = backend,
        Endpoints = IsClear("endpoints", backend.Service.Key) && PodOf.TryGetValue(backend.Service.Key, out var address)
            ? new(backend.Service.Key, [new ServiceEndpoint { Address = address, Ports = Ports }])
            : null,
    };

    /// <summary>Adds a Service with one port, 80.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="pod">The address of its pod.</param>
    /// <param name="port">The port's name, by which the pod's port is found: <c>http</c>, or <c>h2c</c> for HTTP/2.</param>
    public FakeCluster WithService(string name, string pod = "10.0.0.1", string port = "http")
    {
        var key = new ObjectKey("ns", name);
        Services[key] = new BackendService { Key = key, Ports = [new(port, 80, ServicePortRef.Of(8012), null)] };
        PodOf[key] = pod;
        return this;
    }

    /// <summary>Adds an ingress that sends every host to one Service; <paramref name="age"/> counts backwards.</summary>
    public ObjectKey WithIngress(string name, string service, int age, params string[] hosts) => WithIngress(name, "c", service, age, hosts);

    /// <summary>Adds such an ingress of another class.</summary>
    public ObjectKey WithIngress(string name, string ingressClass, string service, int age, string[] hosts)
    {
        var key = new ObjectKey("ns", name);
        IngressesByKey[key] = new Ingress
        {
            Key = key,
            Class = ingressClass,
            Generation = IngressesByKey.TryGetValue(key, out var old) ? old.Generation + 1 : 1,
            CreatedAt = DateTimeOffset.UnixEpoch.AddDays(-age),
            Rules =
            [
                new([.. hosts], IngressVisibility.ExternalIP, [new IngressPath { Splits = [new IngressSplit { Service = new("ns", service), Port = ServicePortRef.Of(80), Percent = 100 }] }]),
            ],
        };
        return key;
    }

    private bool IsClear(string kind, ObjectKey key) => !Stones.Contains($"{kind} {key}") ? true : throw new InvalidOperationException($"{kind} {key}");
}
