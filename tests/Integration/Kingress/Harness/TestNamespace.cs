using System.Text;
using k8s.Models;
using Knative.Xds.Core.Model;
using Knative.Xds.Core.Wire;
using Knative.Xds.Integration.Xds;
using Knative.Xds.Kube.Api;
using Knative.Xds.Kube.Client;
using Knative.Xds.Kube.Status;
using Knative.Xds.Testing;

namespace Knative.Xds.Integration.Kingress.Harness;

/// <summary>A namespace with what a test puts into it; all of it goes at the test's end.</summary>
internal sealed class TestNamespace : IAsyncDisposable
{
    private readonly List<EchoBackend> _backends = [];
    private readonly HashSet<string> _ingresses = new(StringComparer.Ordinal);

    private TestNamespace(KingressWorld world, string name) => (World, Name) = (world, name);

    public KingressWorld World { get; }
    public string Name { get; }
    public GatewayClient External => World.External;
    public GatewayClient Local => World.Local;
    public GatewayClient ExternalTls => World.ExternalTls;
    public GatewayClient LocalTls => World.LocalTls;
    public KubeClient Api => World.Server.Client;

    public static async Task<TestNamespace> CreateAsync(KingressWorld world, string name)
    {
        await world.Server.Client.ApplyAsync(new V1Namespace { ApiVersion = "v1", Kind = "Namespace", Metadata = new V1ObjectMeta { Name = name } }, CancellationToken.None);
        return new TestNamespace(world, name);
    }

    /// <summary>A host that only this test uses.</summary>
    public string Host(string label) => $"{label}.{Name}.example.com";

    /// <summary>The three names of a cluster-local host, the longest last.</summary>
    public string[] LocalHosts(string label) => [$"{label}.{Name}", $"{label}.{Name}.svc", $"{label}.{Name}.svc.cluster.local"];

    /// <summary>A backend with a Service (port 80, named <c>http</c>) of its name.</summary>
    public async Task<EchoBackend> BackendAsync(string name, BackendOptions? options = null)
    {
        var backend = await StartAsync(name, options);
        await ServiceAsync(name, Port("http", 80));
        await SliceAsync(name, backend, ("http", backend.Http1Port));
        return backend;
    }

    /// <summary>A backend with a Service (port 80, named <c>http2</c>) of its name.</summary>
    public async Task<EchoBackend> Http2BackendAsync(string name, BackendOptions? options = null)
    {
        var backend = await StartAsync(name, options);
        await ServiceAsync(name, Port("http2", 80));
        await SliceAsync(name, backend, ("http2", backend.Http2Port));
        return backend;
    }

    /// <summary>A backend that no Service knows yet.</summary>
    public async Task<EchoBackend> StartAsync(string name, BackendOptions? options = null)
    {
        var backend = await EchoBackend.StartAsync(name, options);
        _backends.Add(backend);
        return backend;
    }

    /// <summary>A port of a Service.</summary>
    public static V1ServicePort Port(string? name, int number, IntOrString? target = null, string? appProtocol = null) =>
        new() { Name = name, Port = number, TargetPort = target ?? 8012, AppProtocol = appProtocol };

    /// <summary>A headless Service without endpoints.</summary>
    public Task ServiceAsync(string name, params V1ServicePort[] ports) => ServiceAsync(name, new V1ServiceSpec { ClusterIP = "None", Ports = [.. ports] });

    /// <summary>A Service.</summary>
    public Task ServiceAsync(string name, V1ServiceSpec spec) => Api.ApplyAsync(new V1Service { ApiVersion = "v1", Kind = "Service", Metadata = Meta(name), Spec = spec }, CancellationToken.None);

    /// <summary>Endpoints of a Service: one backend with its ports by name.</summary>
    public Task SliceAsync(string service, EchoBackend backend, params (string? Name, int Number)[] ports) => SliceAsync(service, $"{service}-{ports[0].Number}", backend.Address, ports);

    /// <summary>Endpoints of a Service at an address.</summary>
    public Task SliceAsync(string service, string slice, string address, params (string? Name, int Number)[] ports) => Api.ApplyAsync(
        new V1EndpointSlice
        {
            ApiVersion = "discovery.k8s.io/v1",
            Kind = "EndpointSlice",
            Metadata = Meta(slice, new Dictionary<string, string> { [Labels.SliceService] = service }),
            AddressType = address.Contains(':', StringComparison.Ordinal) ? "IPv6" : "IPv4",
            Ports = [.. ports.Select(port => new Discoveryv1EndpointPort { Name = port.Name, Port = port.Number })],
            Endpoints = [new V1Endpoint { Addresses = [address], Conditions = new V1EndpointConditions { Ready = true } }],
        },
        CancellationToken.None);

    /// <summary>Makes or changes a Secret with a certificate.</summary>
    public Task SecretAsync(string name, TestCertificate certificate) => SecretAsync(Meta(name), certificate);

    /// <summary>Makes or changes a Secret with a certificate in the system's namespace.</summary>
    public Task SystemSecretAsync(string name, TestCertificate certificate) => SecretAsync(new V1ObjectMeta { NamespaceProperty = SystemNames.Namespace, Name = name }, certificate);

    private Task<V1Secret> SecretAsync(V1ObjectMeta metadata, TestCertificate certificate) => Api.ApplyAsync(
        new V1Secret
        {
            ApiVersion = "v1",
            Kind = "Secret",
            Type = "kubernetes.io/tls",
            Metadata = metadata,
            Data = new Dictionary<string, byte[]> { ["tls.crt"] = Encoding.ASCII.GetBytes(certificate.Chain), ["tls.key"] = Encoding.ASCII.GetBytes(certificate.PrivateKey) },
        },
        CancellationToken.None);

    /// <summary>Gives an ingress a label.</summary>
    public Task LabelAsync(string ingress, string name, string value)
    {
        var patch = new System.Text.Json.Nodes.JsonObject { ["metadata"] = new System.Text.Json.Nodes.JsonObject { ["labels"] = new System.Text.Json.Nodes.JsonObject { [name] = value } } };
        return Api.PatchAsync<KIngress>(new ObjectKey(Name, ingress), new V1Patch(patch.ToJsonString(), V1Patch.PatchType.MergePatch), null, CancellationToken.None);
    }

    /// <summary>A certificate of an ingress.</summary>
    public KIngressTls Tls(string secret, params string[] hosts) => new() { Hosts = [.. hosts], SecretName = secret, SecretNamespace = Name };

    /// <summary>Makes a backend the world's one activator.</summary>
    public Task ActivatorAsync(EchoBackend backend) => World.Server.ActivatorsAsync(backend.Http1Port);

    /// <summary>Makes a SKS with the name of its public Service.</summary>
    public Task ServerlessServiceAsync(string name, string mode) => Api.ApplyAsync(
        new ServerlessService { Metadata = Meta(name), Spec = new ServerlessServiceSpec { Mode = mode, ProtocolType = "http1", ObjectRef = new V1ObjectReference { ApiVersion = "apps/v1", Kind = "Deployment", Name = name } } },
        CancellationToken.None);

    /// <summary>Takes a Service and its endpoints away.</summary>
    public async Task DropServiceAsync(string name)
    {
        await DropEndpointsAsync(name);
        await Api.DeleteAsync<V1Service>(new ObjectKey(Name, name), CancellationToken.None);
    }

    /// <summary>Takes the endpoints of a Service away.</summary>
    public async Task DropEndpointsAsync(string service)
    {
        var slices = await Api.ListAsync<V1EndpointSlice>(new ObjectQuery(Name, $"{Labels.SliceService}={service}"), null, CancellationToken.None);
        foreach (var slice in slices.Items)
        {
            await Api.DeleteAsync<V1EndpointSlice>(new ObjectKey(Name, slice.Metadata.Name), CancellationToken.None);
        }
    }

    /// <summary>Makes or changes an ingress.</summary>
    public Task IngressAsync(string name, params KIngressRule[] rules) => IngressAsync(name, new KIngressSpec { Rules = [.. rules], HttpOption = "Enabled" });

    /// <summary>Makes or changes an ingress; splits get this namespace where they have none.</summary>
    public async Task IngressAsync(string name, KIngressSpec spec, IDictionary<string, string>? annotations = null)
    {
        foreach (var split in (spec.Rules ?? []).SelectMany(rule => rule.Http?.Paths ?? []).SelectMany(path => path.Splits ?? []))
        {
            split.ServiceNamespace ??= Name;
        }

        _ingresses.Add(name);
        var metadata = Meta(name);
        metadata.Annotations = annotations ?? new Dictionary<string, string> { [Labels.IngressClass] = Labels.XdsIngressClass };
        await Api.ApplyAsync(new KIngress { Metadata = metadata, Spec = spec }, CancellationToken.None);
    }

    /// <summary>Makes or changes an ingress, and waits until it is ready and its backends are known.</summary>
    /// <remarks>Endpoints reach the server by a watch of their own, which ready does not wait for.</remarks>
    public async Task ReadyAsync(string name, params KIngressRule[] rules)
    {
        await IngressAsync(name, rules);
        await ReadyAsync(name);
        foreach (var host in rules.Select(rule => rule.Hosts![0]).Where(host => host[0] != '*'))
        {
            await Eventually.TrueAsync(() => IsReachedAsync(host), XdsStack.Limit);
        }
    }

    /// <summary>Whether a few probes, which no application sees, all find a backend.</summary>
    private async Task<bool> IsReachedAsync(string host)
    {
        for (var i = 0; i < 5; i++)
        {
            if (await Local.GetAsync(host, "/", (HeaderNames.NetworkProbe, ProbeValues.Ingress), (HeaderNames.NetworkHash, "any")) is { Code: 503, Body: "no healthy upstream" })
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Waits until an ingress is ready at its newest generation.</summary>
    public Task ReadyAsync(string name) => ConditionAsync(name, "Ready", "True");

    public async Task<KIngress?> FindAsync(string ingress) => await Api.FindAsync<KIngress>(new ObjectKey(Name, ingress), CancellationToken.None);

    /// <summary>Waits for a condition of an ingress at its newest generation.</summary>
    public async Task<Condition> ConditionAsync(string ingress, string type, string status, string? reason = null)
    {
        KIngress? current = null;
        try
        {
            await Eventually.TrueAsync(
                async () =>
                {
                    current = await FindAsync(ingress);
                    var found = ConditionSet.Find(current?.Status?.Conditions, type);
                    return current?.Status?.ObservedGeneration == current?.Metadata.Generation && found?.Status == status && (reason is null || found.Reason == reason);
                },
                XdsStack.Limit);
        }
        catch (TimeoutException late)
        {
            var conditions = string.Join("; ", (current?.Status?.Conditions ?? []).Select(condition => $"{condition.Type}={condition.Status} {condition.Reason} {condition.Message}"));
            throw new TimeoutException($"{Name}/{ingress}: {type} is not {status} {reason}, but {conditions}", late);
        }

        return ConditionSet.Find(current!.Status!.Conditions, type)!;
    }

    public Task<bool> DeleteAsync(string ingress) => Api.DeleteAsync<KIngress>(new ObjectKey(Name, ingress), CancellationToken.None);

    public async ValueTask DisposeAsync()
    {
        foreach (var ingress in _ingresses)
        {
            await DeleteAsync(ingress);
        }

        foreach (var backend in _backends)
        {
            await backend.DisposeAsync();
        }
    }

    private V1ObjectMeta Meta(string name, Dictionary<string, string>? labels = null) => new() { NamespaceProperty = Name, Name = name, Labels = labels };
}
