using System.Text.Json.Nodes;
using k8s.Models;
using Knative.Xds.Cli.Xds;
using Knative.Xds.Core.Wire;
using Knative.Xds.Hosting;
using Knative.Xds.Kube.Api;
using Knative.Xds.Kube.Client;
using Knative.Xds.Kube.Crds;
using Knative.Xds.Sandbox.Api;
using Knative.Xds.Testing;
using Knative.Xds.XdsServer;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Logging;
using Spectre.Console;

namespace Knative.Xds.Cli.Tests.Xds;

/// <summary>The embedded API and an xDS server in this process, and the commands that ask it.</summary>
internal sealed class RoutingServer : IAsyncDisposable
{
    public static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);
    private const string Namespace = "default";

    private readonly SandboxApi _api;
    private readonly string _kubeconfig;
    private readonly KubeClient _client;
    private readonly WebApplication _server;

    private RoutingServer(SandboxApi api, string kubeconfig, KubeClient client, WebApplication server) => (_api, _kubeconfig, _client, _server) = (api, kubeconfig, client, server);

    /// <summary>Port of its streams.</summary>
    public int XdsPort => _server.BoundEndPoints()[1].Port;

    private Uri Admin => new($"http://127.0.0.1:{_server.BoundEndPoints()[0].Port}");

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    /// <summary>Starts both, with the Service <c>svc</c> and two endpoints of it.</summary>
    public static async Task<RoutingServer> StartAsync(Action<XdsServerOptions>? configure = null)
    {
        var api = await SandboxApi.StartAsync(new SandboxApiOptions { Crds = [.. CrdManifests.All.Select(crd => crd.Yaml)] }, null, TimeProvider.System, Cancel);
        var kubeconfig = Path.Combine(Path.GetTempPath(), $"kxds-commands-{Guid.NewGuid():N}.yaml");
        await File.WriteAllTextAsync(kubeconfig, api.KubeconfigYaml, Cancel);
        var client = KubeClient.Create(new KubeClientOptions { Kubeconfig = kubeconfig });
        await client.ApplyAsync(
            new V1Service { ApiVersion = "v1", Kind = "Service", Metadata = Meta("svc"), Spec = new V1ServiceSpec { ClusterIP = "None", Ports = [new V1ServicePort { Name = "http", Port = 80, TargetPort = 8012 }] } },
            Cancel);
        await client.ApplyAsync(Slice(), Cancel);
        var options = new XdsServerOptions { Kubeconfig = kubeconfig, AdminListen = "127.0.0.1:0", Listen = "127.0.0.1:0" };
        configure?.Invoke(options);
        var server = XdsServerApp.Create(options, builder => builder.Logging.ClearProviders());
        await server.StartAsync(Cancel);
        return new RoutingServer(api, kubeconfig, client, server);
    }

    public async ValueTask DisposeAsync()
    {
        await _server.StopAsync(CancellationToken.None);
        await _server.DisposeAsync();
        _client.Dispose();
        await _api.DisposeAsync();
        File.Delete(_kubeconfig);
    }

    /// <summary>Makes an ingress that sends a host to <c>svc</c>, and waits until it is routed.</summary>
    public async Task IngressAsync(string name, string host, string ingressClass = Labels.XdsIngressClass)
    {
        var split = new KIngressSplit { ServiceNamespace = Namespace, ServiceName = "svc", ServicePort = 80, Percent = 100 };
        var metadata = Meta(name);
        metadata.Annotations = new Dictionary<string, string> { [Labels.IngressClass] = ingressClass };
        await _client.ApplyAsync(
            new KIngress
            {
                Metadata = metadata,
                Spec = new KIngressSpec { Rules = [new KIngressRule { Hosts = [host], Visibility = "ExternalIP", Http = new KIngressHttp { Paths = [new KIngressPath { Splits = [split] }] } }] },
            },
            Cancel);
        await Eventually.TrueAsync(async () => $"{await ReadAsync("/debug/resources?type=srds")}".Contains($"external|{host}", StringComparison.Ordinal), Limit);
    }

    /// <summary>Runs a command.</summary>
    public Task<(int Code, string Text)> AskAsync(Func<XdsOptions, IAnsiConsole, Task<int>> command, string? fleet = null) =>
        PlainText.OfAsync(console => command(new XdsOptions(Admin, fleet, Json: false), console));

    /// <summary>Runs a command for its answer as JSON.</summary>
    public async Task<(int Code, JsonNode Answer)> AskJsonAsync(Func<XdsOptions, IAnsiConsole, Task<int>> command, string? fleet = null)
    {
        var (code, text) = await PlainText.OfAsync(console => command(new XdsOptions(Admin, fleet, Json: true), console));
        return (code, JsonNode.Parse(text)!);
    }

    private async Task<JsonNode?> ReadAsync(string path)
    {
        using var http = new HttpClient { BaseAddress = Admin };
        return JsonNode.Parse(await http.GetStringAsync(new Uri(path, UriKind.Relative), Cancel));
    }

    private static V1EndpointSlice Slice() => new()
    {
        ApiVersion = "discovery.k8s.io/v1",
        Kind = "EndpointSlice",
        Metadata = new V1ObjectMeta { NamespaceProperty = Namespace, Name = "svc-1", Labels = new Dictionary<string, string> { [Labels.SliceService] = "svc" } },
        AddressType = "IPv4",
        Ports = [new Discoveryv1EndpointPort { Name = "http", Port = 8012 }],
        Endpoints = [new V1Endpoint { Addresses = ["10.0.0.1"], Conditions = new V1EndpointConditions { Ready = true } }, new V1Endpoint { Addresses = ["10.0.0.2"], Conditions = new V1EndpointConditions { Ready = true } }],
    };

    private static V1ObjectMeta Meta(string name) => new() { NamespaceProperty = Namespace, Name = name };
}
