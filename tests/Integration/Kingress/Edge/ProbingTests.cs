using System.Collections.Concurrent;
using System.Net;
using k8s.Models;
using Knative.Xds.Core.Wire;
using Knative.Xds.Integration.Kingress.Harness;
using Knative.Xds.Integration.Xds;
using Knative.Xds.Testing;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Knative.Xds.Integration.Kingress.Edge;

/// <summary>Gateways are asked one by one, beside what those that are connected say themselves.</summary>
public sealed class ProbingTests
{
    private const string Other = "127.0.0.2";

    [Fact]
    public async Task EveryGatewayOfTheService_MustAnswerWithTheHash_BeforeAnIngressIsReady()
    {
        await using var world = await KingressWorld.StartAsync(options => (options.ProbeGateways, options.ProbeService) = (true, "knative-serving/gateways"));
        await using var ns = await world.NamespaceAsync();
        await ns.BackendAsync("runtime");
        var asked = new ConcurrentQueue<(string Url, string Agent, string Hash)>();
        var hash = "";
        await using var other = await StartAsync(IPEndPoint.Parse($"{Other}:{world.External.EndPoint.Port}"), context =>
        {
            asked.Enqueue(($"{context.Request.Scheme}://{context.Request.Host}{context.Request.Path}", $"{context.Request.Headers.UserAgent}", $"{context.Request.Headers[HeaderNames.NetworkHash]}"));
            context.Response.StatusCode = hash.Length > 0 && context.Request.Headers[HeaderNames.NetworkProbe] == ProbeValues.Ingress ? 200 : 404;
            context.Response.Headers[HeaderNames.NetworkHash] = hash;
            return Task.CompletedTask;
        });
        await GatewaysAsync(ns, "127.0.0.1", Other);

        await ns.IngressAsync("i", Spec.External(ns.Host("a"), Spec.All(Spec.To("runtime"))));
        await Eventually.TrueAsync(() => asked.Count > 1, XdsStack.Limit);
        await ns.ConditionAsync("i", "Ready", "Unknown", "Uninitialized");
        hash = (await ns.External.GetAsync(ns.Host("a"), "/", (HeaderNames.NetworkProbe, ProbeValues.Ingress), (HeaderNames.NetworkHash, "override")))[HeaderNames.NetworkHash]!;
        await ns.ReadyAsync("i");

        Assert.Equal([($"http://{ns.Host("a")}/healthz", "Knative-Ingress-Probe", "override")], asked.Distinct());
    }

    [Fact]
    public async Task GatewayThatHasGone_NeedsToProveNothing_AndWithoutAnyNothingIsReady()
    {
        await using var world = await KingressWorld.StartAsync(options => (options.ProbeGateways, options.ProbeService) = (true, "knative-serving/gateways"));
        await using var ns = await world.NamespaceAsync();
        await ns.BackendAsync("runtime");

        await ns.IngressAsync("i", Spec.External(ns.Host("a"), Spec.All(Spec.To("runtime"))));
        await Eventually.TrueAsync(async () => (await ns.External.GetAsync(ns.Host("a"))).Code == 200, XdsStack.Limit);
        await ns.ConditionAsync("i", "Ready", "Unknown", "Uninitialized");
        await GatewaysAsync(ns, "127.0.0.1", "127.0.0.3");
        await Eventually.TrueAsync(async () => await world.Server.MetricAsync("kxds_gateway_probes_total{result=\"error\"}") > 0, XdsStack.Limit);
        await ns.ConditionAsync("i", "Ready", "Unknown", "Uninitialized");

        await GatewaysAsync(ns, "127.0.0.1");
        await ns.ReadyAsync("i");
    }

    private static Task<V1EndpointSlice> GatewaysAsync(TestNamespace ns, params string[] addresses) => ns.Api.ApplyAsync(
        new V1EndpointSlice
        {
            ApiVersion = "discovery.k8s.io/v1",
            Kind = "EndpointSlice",
            Metadata = new V1ObjectMeta { NamespaceProperty = SystemNames.Namespace, Name = "gateways", Labels = new Dictionary<string, string> { [Labels.SliceService] = "gateways" } },
            AddressType = "IPv4",
            Ports = [],
            Endpoints = [.. addresses.Select(address => new V1Endpoint { Addresses = [address], Conditions = new V1EndpointConditions { Ready = true } })],
        },
        CancellationToken.None);

    private static async Task<WebApplication> StartAsync(IPEndPoint listen, RequestDelegate answer)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(listen));
        var app = builder.Build();
        app.Run(answer);
        await app.StartAsync();
        return app;
    }
}
