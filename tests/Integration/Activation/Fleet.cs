using System.Net;
using k8s.Models;
using Knative.Xds.Core.Model;
using Knative.Xds.Core.Wire;
using Knative.Xds.Hosting;
using Knative.Xds.Integration.Xds;
using Knative.Xds.Kube.Api;
using Knative.Xds.Testing.Gateways;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Knative.Xds.Integration.Activation;

/// <summary>The embedded API, the xDS server, a real Envoy, and a revision at zero whose requests go to activators.</summary>
internal sealed class Fleet : IAsyncDisposable
{
    /// <value>Host of the revision's requests.</value>
    public const string Host = "held.example.com";
    private const string Revision = "held";
    private readonly XdsStack _stack;
    private readonly RealEnvoy _gateway;
    private readonly StatSink _autoscaler;
    private WebApplication? _pod;
    private int _served;

    private Fleet(XdsStack stack, RealEnvoy gateway, StatSink autoscaler, HttpClient client) => (_stack, _gateway, _autoscaler, Client) = (stack, gateway, autoscaler, client);

    /// <value>Sends to the gateway over HTTP/2.</value>
    public HttpClient Client { get; }

    /// <value>Requests that the pod answered.</value>
    public int Served => Volatile.Read(ref _served);

    public static async Task<Fleet> StartAsync()
    {
        var listeners = FixedEndPoint.Free(2);
        var stack = await XdsStack.StartAsync(listeners[0], listeners[1]);
        var gateway = RealEnvoy.Start(new RealEnvoyOptions { XdsPort = stack.XdsPort, ExternalListen = listeners[0], Concurrency = 2 });
        var handler = FixedEndPoint.Handler(IPEndPoint.Parse(listeners[0]));
        handler.EnableMultipleHttp2Connections = true;
        var client = new HttpClient(handler)
        {
            BaseAddress = new Uri($"http://{Host}"),
            Timeout = TimeSpan.FromMinutes(2),
            DefaultRequestVersion = HttpVersion.Version20,
            DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact,
        };
        var fleet = new Fleet(stack, gateway, await StatSink.StartAsync(), client);
        await fleet.RevisionAsync();
        return fleet;
    }

    public Task<ActivatorProcess> ActivatorAsync() => ActivatorProcess.StartAsync(_stack.Kubeconfig, _autoscaler.Url, drainDelay: TimeSpan.FromSeconds(3));

    /// <summary>Sends requests to this activator, among others.</summary>
    public Task JoinAsync(ActivatorProcess activator) => _stack.AddActivatorAsync(activator.Port);

    /// <summary>Sends no more requests to this activator, as when it is not ready.</summary>
    public Task LeaveAsync(ActivatorProcess activator) =>
        _stack.Client.DeleteAsync<V1EndpointSlice>(new ObjectKey(SystemNames.Namespace, $"{SystemNames.ActivatorService}-{activator.Port}"), CancellationToken.None);

    /// <summary>Waits until the gateway sends requests to activators.</summary>
    public async Task InEffectAsync()
    {
        await _stack.IngressAsync(Revision, new KIngressSpec { Rules = [Rule()] });
        await _stack.ConditionAsync(Revision, "Ready", "True");
    }

    /// <summary>Starts the revision's only pod.</summary>
    public async Task PodAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        _pod = builder.Build();
        _pod.Run(AnswerAsync);
        await _pod.StartAsync();
        await _stack.Client.ApplyAsync(
            new V1EndpointSlice
            {
                ApiVersion = "discovery.k8s.io/v1",
                Kind = "EndpointSlice",
                Metadata = new V1ObjectMeta
                {
                    NamespaceProperty = XdsStack.Namespace,
                    Name = Revision + "-private-1",
                    Labels = new Dictionary<string, string> { [Labels.SliceService] = Revision + "-private", [Labels.ServiceType] = Labels.ServiceTypePrivate, [Labels.Revision] = Revision },
                },
                AddressType = "IPv4",
                Ports = [new Discoveryv1EndpointPort { Name = Ports.NameHttp, Port = _pod.BoundEndPoints()[0].Port }],
                Endpoints = [new V1Endpoint { Addresses = ["127.0.0.1"], Conditions = new V1EndpointConditions { Ready = true } }],
            },
            CancellationToken.None);
    }

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await _gateway.DisposeAsync();
        if (_pod is not null)
        {
            await _pod.DisposeAsync();
        }

        await _autoscaler.DisposeAsync();
        await _stack.DisposeAsync();
    }

    private async Task RevisionAsync()
    {
        await _stack.ServiceAsync(Revision);
        await _stack.ServiceAsync(Revision + "-private");
        await _stack.SksAsync(Revision, "Proxy");
        await _stack.Client.ApplyAsync(
            new PodAutoscaler
            {
                Metadata = new V1ObjectMeta { NamespaceProperty = XdsStack.Namespace, Name = Revision },
                Spec = new PodAutoscalerSpec
                {
                    // Neither the pod nor its connections are what is tested.
                    ContainerConcurrency = 100,
                    ProtocolType = "http1",
                    ScaleTargetRef = new ScaleTargetRef { ApiVersion = "apps/v1", Kind = "Deployment", Name = Revision + "-deployment" },
                },
            },
            CancellationToken.None);
    }

    private static KIngressRule Rule() => new()
    {
        Hosts = [Host],
        Visibility = "ExternalIP",
        Http = new KIngressHttp
        {
            Paths =
            [
                new KIngressPath
                {
                    Splits =
                    [
                        new KIngressSplit
                        {
                            ServiceNamespace = XdsStack.Namespace,
                            ServiceName = Revision,
                            ServicePort = 80,
                            Percent = 100,
                            AppendHeaders = new Dictionary<string, string> { [HeaderNames.RevisionName] = Revision, [HeaderNames.RevisionNamespace] = XdsStack.Namespace },
                        },
                    ],
                },
            ],
        },
    };

    private Task AnswerAsync(HttpContext context)
    {
        if (context.Request.Headers[HeaderNames.NetworkProbe] == ProbeValues.Queue)
        {
            return context.Response.WriteAsync(ProbeValues.Queue);
        }

        Interlocked.Increment(ref _served);
        return context.Response.WriteAsync(context.Request.Path);
    }
}
