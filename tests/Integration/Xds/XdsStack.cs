using System.Globalization;
using System.Text;
using k8s.Models;
using Knative.Xds.Core.Model;
using Knative.Xds.Core.Wire;
using Knative.Xds.Kube.Api;
using Knative.Xds.Kube.Client;
using Knative.Xds.Kube.Crds;
using Knative.Xds.Kube.Status;
using Knative.Xds.Sandbox.Api;
using Knative.Xds.Testing;
using Knative.Xds.XdsServer;
using Knative.Xds.XdsServer.Fleets;

namespace Knative.Xds.Integration.Xds;

/// <summary>The embedded API in this process, and an xDS server.</summary>
internal sealed class XdsStack : IAsyncDisposable
{
    public const string Namespace = "default";
    public static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    private readonly SandboxApi _api;
    private readonly string _kubeconfig;
    private readonly XdsServerOptions _options;
    private XdsServerUnderTest _server;

    private XdsStack(SandboxApi api, string kubeconfig, KubeClient client, XdsServerOptions options, XdsServerUnderTest server)
    {
        (_api, _kubeconfig, _options, _server) = (api, kubeconfig, options, server);
        Client = client;
        XdsPort = server.XdsPort;
    }

    public KubeClient Client { get; }
    public string Kubeconfig => _kubeconfig;
    public int XdsPort { get; }
    /// <summary>Address of the admin port.</summary>
    public Uri Admin => new($"http://127.0.0.1:{_server.AdminPort}");
    /// <summary>The port for gRPC clients; only where one is configured.</summary>
    public int ClientPort => _server.ClientPort;

    public static Task<XdsStack> StartAsync(string externalListen = "127.0.0.1:8080", string localListen = "127.0.0.1:8081", params FleetOptions[] fleets) => StartAsync(options =>
    {
        (options.ExternalListen, options.LocalListen) = (externalListen, localListen);
        foreach (var fleet in fleets)
        {
            options.Fleets.Add(fleet);
        }
    });

    /// <summary>Starts both; <paramref name="configure"/> changes the server's options, <paramref name="client"/> makes its client of the API at an address.</summary>
    public static async Task<XdsStack> StartAsync(Action<XdsServerOptions> configure, Func<Uri, KubeClient>? client = null)
    {
        var api = await SandboxApi.StartAsync(new SandboxApiOptions { Crds = [.. CrdManifests.All.Select(crd => crd.Yaml)] }, null, TimeProvider.System, CancellationToken.None);
        var kubeconfig = Path.Combine(Path.GetTempPath(), $"kxds-{Guid.NewGuid():n}.kubeconfig");
        await File.WriteAllTextAsync(kubeconfig, api.KubeconfigYaml);
        var options = new XdsServerOptions
        {
            Kubeconfig = kubeconfig,
            AdminListen = "127.0.0.1:0",
            Listen = "127.0.0.1:0",
            HoldLimit = TimeSpan.FromSeconds(5),
            // Some tests have Services without endpoints.
            EndpointWait = TimeSpan.FromSeconds(1),
        };
        configure(options);
        var ours = KubeClient.Create(new KubeClientOptions { Kubeconfig = kubeconfig });
        var server = await XdsServerUnderTest.StartAsync(options, client?.Invoke(ours.BaseAddress));
        var stack = new XdsStack(api, kubeconfig, ours, options, server);
        await Eventually.TrueAsync(server.IsReadyAsync, Limit);
        return stack;
    }

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        Client.Dispose();
        await _api.DisposeAsync();
        File.Delete(_kubeconfig);
    }

    /// <summary>What the admin port answers.</summary>
    public async Task<string> AdminAsync(string path)
    {
        using var http = new HttpClient();
        return await http.GetStringAsync(new Uri($"http://127.0.0.1:{_server.AdminPort}{path}"));
    }

    /// <summary>One sample of the server's metrics; null when there is none.</summary>
    public async Task<double?> MetricAsync(string sample) =>
        (await AdminAsync("/metrics")).Split('\n').Where(line => line.StartsWith(sample + " ", StringComparison.Ordinal)).Select(line => (double?)double.Parse(line[(sample.Length + 1)..], CultureInfo.InvariantCulture)).FirstOrDefault();

    /// <summary>Ends the xDS server, as SIGTERM does.</summary>
    public Task StopServerAsync() => _server.StopAsync();

    /// <summary>Ends the xDS server and starts another on the same port.</summary>
    public async Task RestartAsync()
    {
        await _server.DisposeAsync();
        _options.Listen = $"127.0.0.1:{XdsPort}";
        _server = await XdsServerUnderTest.StartAsync(_options);
        await Eventually.TrueAsync(_server.IsReadyAsync, Limit);
    }

    /// <summary>Starts a second xDS server on the same API.</summary>
    public async Task<Replica> ReplicaAsync()
    {
        var options = new XdsServerOptions
        {
            Kubeconfig = _kubeconfig,
            AdminListen = "127.0.0.1:0",
            Listen = "127.0.0.1:0",
            ExternalListen = _options.ExternalListen,
            LocalListen = _options.LocalListen,
            ExternalTlsListen = _options.ExternalTlsListen,
            LocalTlsListen = _options.LocalTlsListen,
        };
        var server = await XdsServerUnderTest.StartAsync(options);
        await Eventually.TrueAsync(server.IsReadyAsync, Limit);
        return new Replica(server);
    }

    /// <summary>Makes a Service, and a slice with one ready endpoint for each port.</summary>
    public async Task ServiceAsync(string name, params int[] ports)
    {
        await Client.ApplyAsync(
            new V1Service
            {
                ApiVersion = "v1",
                Kind = "Service",
                Metadata = Meta(name),
                Spec = new V1ServiceSpec { ClusterIP = "None", Ports = [new V1ServicePort { Name = "http", Port = 80, TargetPort = 8012 }] },
            },
            CancellationToken.None);
        await SlicesAsync(name, ports);
    }

    /// <summary>Makes the slices of a Service: one per port, as each has the address 127.0.0.1; ports that it had before go.</summary>
    public async Task SlicesAsync(string service, params int[] ports)
    {
        var old = await Client.ListAsync<V1EndpointSlice>(new ObjectQuery(Namespace, $"{Labels.SliceService}={service}"), null, CancellationToken.None);
        foreach (var port in ports)
        {
            await Client.ApplyAsync(Slice(service, port), CancellationToken.None);
        }

        foreach (var slice in old.Items.Where(slice => !ports.Contains(slice.Ports![0].Port!.Value)))
        {
            await Client.DeleteAsync<V1EndpointSlice>(new ObjectKey(Namespace, slice.Metadata.Name), CancellationToken.None);
        }
    }

    /// <summary>Makes the activators' slice; those of earlier tests go.</summary>
    public async Task ActivatorsAsync(int port)
    {
        var old = await Client.ListAsync<V1EndpointSlice>(new ObjectQuery(SystemNames.Namespace, $"{Labels.SliceService}={SystemNames.ActivatorService}"), null, CancellationToken.None);
        var name = await AddActivatorAsync(port);
        foreach (var other in old.Items.Where(other => other.Metadata.Name != name))
        {
            await Client.DeleteAsync<V1EndpointSlice>(new ObjectKey(SystemNames.Namespace, other.Metadata.Name), CancellationToken.None);
        }
    }

    /// <summary>Has one activator more, at this port.</summary>
    /// <returns>Name of its slice.</returns>
    public async Task<string> AddActivatorAsync(int port)
    {
        var slice = Slice(SystemNames.ActivatorService, port);
        slice.Metadata.NamespaceProperty = SystemNames.Namespace;
        await Client.ApplyAsync(slice, CancellationToken.None);
        return slice.Metadata.Name;
    }

    /// <summary>Makes an ingress with one external rule.</summary>
    public Task IngressAsync(string name, string host, params (string Service, int Percent)[] splits) => IngressAsync(name, [host], splits);

    /// <summary>Makes an ingress with one external rule for several hosts.</summary>
    public Task IngressAsync(string name, string[] hosts, params (string Service, int Percent)[] splits) => IngressAsync(name, Labels.XdsIngressClass, null, hosts, splits);

    /// <summary>Makes an ingress of any class, with labels.</summary>
    public Task IngressAsync(string name, string ingressClass, Dictionary<string, string>? labels, string[] hosts, params (string Service, int Percent)[] splits) => Client.ApplyAsync(
        new KIngress
        {
            Metadata = Meta(name, labels, new Dictionary<string, string> { [Labels.IngressClass] = ingressClass }),
            Spec = new KIngressSpec
            {
                Rules = [new KIngressRule { Hosts = [.. hosts], Visibility = "ExternalIP", Http = new KIngressHttp { Paths = [new KIngressPath { Splits = [.. splits.Select(Split)] }] } }],
            },
        },
        CancellationToken.None);

    /// <summary>Makes an ingress from a spec.</summary>
    public Task IngressAsync(string name, KIngressSpec spec) => Client.ApplyAsync(
        new KIngress { Metadata = Meta(name, annotations: new Dictionary<string, string> { [Labels.IngressClass] = Labels.XdsIngressClass }), Spec = spec },
        CancellationToken.None);

    /// <summary>A rule that sends all paths of these hosts to one Service.</summary>
    public static KIngressRule Rule(string service, string visibility, params string[] hosts) =>
        new() { Hosts = [.. hosts], Visibility = visibility, Http = new KIngressHttp { Paths = [new KIngressPath { Splits = [Split((service, 100))] }] } };

    /// <summary>Makes a Secret with a certificate.</summary>
    public Task SecretAsync(string name, TestCertificate certificate, bool isLabelled = false) => SecretAsync(name, certificate.Chain, certificate.PrivateKey, isLabelled);

    /// <summary>Makes a Secret with what is said to be a certificate; <paramref name="isLabelled"/> as Knative's own are.</summary>
    public Task SecretAsync(string name, string chain, string privateKey, bool isLabelled = false) => Client.ApplyAsync(
        new V1Secret
        {
            ApiVersion = "v1",
            Kind = "Secret",
            Metadata = Meta(name, isLabelled ? new Dictionary<string, string> { [Labels.CertificateUid] = name } : null),
            Type = "kubernetes.io/tls",
            Data = new Dictionary<string, byte[]> { ["tls.crt"] = Encoding.UTF8.GetBytes(chain), ["tls.key"] = Encoding.UTF8.GetBytes(privateKey) },
        },
        CancellationToken.None);

    public Task SksAsync(string name, string mode) => Client.ApplyAsync(
        new ServerlessService { Metadata = Meta(name), Spec = new ServerlessServiceSpec { Mode = mode, ProtocolType = "http1", ObjectRef = new V1ObjectReference { ApiVersion = "apps/v1", Kind = "Deployment", Name = $"{name}-deployment" } } },
        CancellationToken.None);

    public async Task<KIngressStatus?> StatusAsync(string ingress) => (await Client.FindAsync<KIngress>(new ObjectKey(Namespace, ingress), CancellationToken.None))?.Status;

    /// <summary>Waits for a condition of an ingress at its newest generation.</summary>
    public async Task<Condition> ConditionAsync(string ingress, string type, string status, string? reason = null)
    {
        Condition? found = null;
        try
        {
            await Eventually.TrueAsync(
                async () =>
                {
                    var current = (await Client.FindAsync<KIngress>(new ObjectKey(Namespace, ingress), CancellationToken.None))!;
                    found = ConditionSet.Find(current.Status?.Conditions, type);
                    return current.Status?.ObservedGeneration == current.Metadata.Generation && found?.Status == status && (reason is null || found.Reason == reason);
                },
                Limit);
        }
        catch (TimeoutException late)
        {
            throw new TimeoutException($"{ingress}: {type} is {found}, not {status} {reason}", late);
        }

        return found!;
    }

    private static KIngressSplit Split((string Service, int Percent) split) => new()
    {
        ServiceNamespace = Namespace,
        ServiceName = split.Service,
        ServicePort = 80,
        Percent = split.Percent,
        AppendHeaders = new Dictionary<string, string> { [HeaderNames.RevisionName] = split.Service },
    };

    private static V1EndpointSlice Slice(string service, int port) => new()
    {
        ApiVersion = "discovery.k8s.io/v1",
        Kind = "EndpointSlice",
        Metadata = Meta($"{service}-{port}", new Dictionary<string, string> { [Labels.SliceService] = service }),
        AddressType = "IPv4",
        Ports = [new Discoveryv1EndpointPort { Name = "http", Port = port }],
        Endpoints = [new V1Endpoint { Addresses = ["127.0.0.1"], Conditions = new V1EndpointConditions { Ready = true } }],
    };

    private static V1ObjectMeta Meta(string name, Dictionary<string, string>? labels = null, Dictionary<string, string>? annotations = null) =>
        new() { NamespaceProperty = Namespace, Name = name, Labels = labels, Annotations = annotations };

    /// <summary>The server's metrics.</summary>
    public async Task<string> MetricsAsync()
    {
        using var http = new HttpClient();
        return await http.GetStringAsync(new Uri($"http://127.0.0.1:{_server.AdminPort}/metrics"));
    }

    /// <summary>Another xDS server.</summary>
    internal sealed class Replica(XdsServerUnderTest server) : IAsyncDisposable
    {
        /// <summary>Port of its xDS streams.</summary>
        public int Port => server.XdsPort;

        public ValueTask DisposeAsync() => server.DisposeAsync();
    }
}
