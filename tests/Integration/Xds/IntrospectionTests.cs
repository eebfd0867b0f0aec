using System.Text.Json.Nodes;
using Envoy.Admin.V3;
using Envoy.Config.Route.V3;
using Envoy.Service.Status.V3;
using Envoy.Type.Matcher.V3;
using Grpc.Core;
using Grpc.Health.V1;
using Grpc.Net.Client;
using Grpc.Reflection.V1Alpha;
using Knative.Xds.ControlPlane.Resources;
using Knative.Xds.Testing;
using Knative.Xds.Testing.Gateways;

namespace Knative.Xds.Integration.Xds;

/// <summary>Seeing into a running server: client status, debug pages, health, reflection.</summary>
public sealed class IntrospectionTests
{
    private const string BadRoutes = "default/bad/local";

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task ClientStatus_TellsSyncedFromRefusedWithTheReason()
    {
        await using var stack = await XdsStack.StartAsync();
        await using var gateway = await RefusingAsync(stack);
        using var channel = ChannelTo(stack);

        var response = await new ClientStatusDiscoveryService.ClientStatusDiscoveryServiceClient(channel).FetchClientStatusAsync(new ClientStatusRequest(), cancellationToken: Cancel);

        var config = Assert.Single(response.Config);
        Assert.Equal("test-gateway", config.Node.Id);
        var routes = config.GenericXdsConfigs.Where(resource => resource.TypeUrl == ResourceType.RouteConfiguration.TypeUrl()).ToDictionary(resource => resource.Name);
        Assert.Equal(
            [("default/bad/external", ConfigStatus.Synced), (BadRoutes, ConfigStatus.Error), ("default/good/external", ConfigStatus.Synced), ("default/good/local", ConfigStatus.Synced)],
            routes.Values.Select(resource => (resource.Name, resource.ConfigStatus)).Order());
        Assert.Equal((ClientResourceStatus.Nacked, "no such thing"), (routes[BadRoutes].ClientStatus, routes[BadRoutes].ErrorState.Details));
        Assert.Equal(BadRoutes, routes[BadRoutes].ErrorState.FailedConfiguration.Unpack<RouteConfiguration>().Name);
        Assert.Equal("good.example.com", routes["default/good/local"].XdsConfig.Unpack<RouteConfiguration>().VirtualHosts[0].Name);
    }

    [Fact]
    public async Task ClientStatus_OfOneNode_WithoutContents()
    {
        await using var stack = await XdsStack.StartAsync();
        await using var gateway = await RefusingAsync(stack);
        using var channel = ChannelTo(stack);
        using var call = new ClientStatusDiscoveryService.ClientStatusDiscoveryServiceClient(channel).StreamClientStatus(cancellationToken: Cancel);

        await call.RequestStream.WriteAsync(new ClientStatusRequest { ExcludeResourceContents = true, NodeMatchers = { new NodeMatcher { NodeId = new StringMatcher { Prefix = "test-" } } } }, Cancel);
        Assert.True(await call.ResponseStream.MoveNext(Cancel));
        Assert.All(Assert.Single(call.ResponseStream.Current.Config).GenericXdsConfigs, resource => Assert.Null(resource.XdsConfig));

        await call.RequestStream.WriteAsync(new ClientStatusRequest { NodeMatchers = { new NodeMatcher { NodeId = new StringMatcher { Exact = "other" } } } }, Cancel);
        Assert.True(await call.ResponseStream.MoveNext(Cancel));
        Assert.Empty(call.ResponseStream.Current.Config);
    }

    [Fact]
    public async Task ClientStatus_OfAGatewaysCertificate_IsDenied_AndOfAnOperatorsGiven()
    {
        using var authority = TestAuthority.Create();
        using var folder = new TlsFolder();
        folder.Write(authority, authority.RootPem, TlsFolder.ServerName);
        await using var stack = await XdsStack.StartAsync(folder.Configure);
        using var asGateway = TlsFolder.Channel(stack.XdsPort, authority, authority.Issue(["default.kxds.kxds-gateway"]));
        using var asOperator = TlsFolder.Channel(stack.XdsPort, authority, authority.Issue(["operator.kxds"]));

        var refusal = await Assert.ThrowsAsync<RpcException>(async () => await new ClientStatusDiscoveryService.ClientStatusDiscoveryServiceClient(asGateway).FetchClientStatusAsync(new ClientStatusRequest(), cancellationToken: Cancel));
        Assert.Equal(StatusCode.PermissionDenied, refusal.StatusCode);
        Assert.Empty((await new ClientStatusDiscoveryService.ClientStatusDiscoveryServiceClient(asOperator).FetchClientStatusAsync(new ClientStatusRequest(), cancellationToken: Cancel)).Config);
    }

    [Fact]
    public async Task DebugGateways_SaysWhatEachNodeHas()
    {
        await using var stack = await XdsStack.StartAsync();
        await using var gateway = await RefusingAsync(stack);

        var page = JsonNode.Parse(await stack.AdminAsync("/debug/gateways"))!["gateways"]!.AsArray();

        var node = Assert.Single(page)!;
        Assert.Equal(("test-gateway", "default", "delta", "127.0.0.1"), ($"{node["node"]}", $"{node["fleet"]}", $"{node["variant"]}", $"{node["peer"]}"));
        Assert.True((bool)node["answers"]!);
        Assert.False((bool)node["synced"]!);
        var routes = node["types"]!.AsArray().Single(type => $"{type!["type"]}" == "rds")!;
        Assert.Equal((3, 0, 0, 1, 0), ((int)routes["synced"]!, (int)routes["stale"]!, (int)routes["notSent"]!, (int)routes["refused"]!, (int)routes["missing"]!));
        Assert.Equal("no such thing", $"{routes["lastRefusalMessage"]}");
        var refused = Assert.Single(routes["resources"]!.AsArray())!;
        Assert.Equal((BadRoutes, "refused", "no such thing"), ($"{refused["name"]}", $"{refused["state"]}", $"{refused["reason"]}"));
    }

    [Fact]
    public async Task DebugGateways_WithAllResources_ListsTheSyncedOnesToo()
    {
        await using var stack = await XdsStack.StartAsync();
        await using var gateway = await RefusingAsync(stack);

        var page = JsonNode.Parse(await stack.AdminAsync("/debug/gateways?node=test-gateway&resources=all"))!["gateways"]!.AsArray();

        var scopes = page[0]!["types"]!.AsArray().Single(type => $"{type!["type"]}" == "srds")!["resources"]!.AsArray();
        Assert.Equal(["external|bad.example.com", "external|good.example.com", "local|bad.example.com", "local|good.example.com"], scopes.Select(scope => $"{scope!["name"]}"));
        Assert.All(scopes, scope => Assert.Equal($"{scope!["wanted"]}", $"{scope["version"]}"));
        Assert.Empty(JsonNode.Parse(await stack.AdminAsync("/debug/gateways?node=other"))!["gateways"]!.AsArray());
    }

    [Fact]
    public async Task DebugResources_ShowsWhatGatewaysShouldHave()
    {
        await using var stack = await XdsStack.StartAsync();
        await stack.ServiceAsync("svc", 9000);
        await stack.IngressAsync("good", "good.example.com", ("svc", 100));
        await stack.ConditionAsync("good", "Ready", "Unknown", "Uninitialized");

        var names = JsonNode.Parse(await stack.AdminAsync("/debug/resources?type=rds"))!["resources"]!.AsArray();
        var one = JsonNode.Parse(await stack.AdminAsync("/debug/resources?type=eds&name=default/svc/80&contents=true"))!["resources"]!.AsArray();

        Assert.Equal(["default/good/external", "default/good/local"], names.Select(resource => $"{resource!["name"]}"));
        Assert.Equal("9000", $"{Assert.Single(one)!["content"]!["endpoints"]![0]!["lbEndpoints"]![0]!["endpoint"]!["address"]!["socketAddress"]!["portValue"]}");
    }

    [Fact]
    public async Task Health_FollowsReadiness_AndEndsWithTheServer()
    {
        await using var stack = await XdsStack.StartAsync();
        using var channel = ChannelTo(stack);
        var client = new Health.HealthClient(channel);
        Assert.Equal(HealthCheckResponse.Types.ServingStatus.Serving, (await client.CheckAsync(new HealthCheckRequest(), cancellationToken: Cancel)).Status);
        using var watch = client.Watch(new HealthCheckRequest(), cancellationToken: Cancel);
        Assert.True(await watch.ResponseStream.MoveNext(Cancel));

        await stack.StopServerAsync();

        var last = watch.ResponseStream.Current.Status;
        while (await watch.ResponseStream.MoveNext(Cancel))
        {
            last = watch.ResponseStream.Current.Status;
        }

        Assert.Equal(HealthCheckResponse.Types.ServingStatus.NotServing, last);
    }

    [Fact]
    public async Task Reflection_NamesTheServices()
    {
        await using var stack = await XdsStack.StartAsync();
        using var channel = ChannelTo(stack);
        using var call = new ServerReflection.ServerReflectionClient(channel).ServerReflectionInfo(cancellationToken: Cancel);

        await call.RequestStream.WriteAsync(new ServerReflectionRequest { ListServices = "" }, Cancel);
        Assert.True(await call.ResponseStream.MoveNext(Cancel));

        var services = call.ResponseStream.Current.ListServicesResponse.Service.Select(service => service.Name).ToHashSet();
        Assert.Superset(
            new HashSet<string>
            {
                "envoy.service.discovery.v3.AggregatedDiscoveryService", "envoy.service.load_stats.v3.LoadReportingService",
                "envoy.service.status.v3.ClientStatusDiscoveryService", "grpc.health.v1.Health",
            },
            services);
    }

    [Fact]
    public async Task ServerStops_StreamsEndOneByOneWithOk_AndItIsNotReadyMeanwhile()
    {
        await using var stack = await XdsStack.StartAsync();
        await using var first = await TestGateway.ConnectAsync(stack.XdsPort);
        await using var second = await TestGateway.ConnectAsync(stack.XdsPort);
        await Eventually.TrueAsync(async () => JsonNode.Parse(await stack.AdminAsync("/debug/gateways"))!["gateways"]!.AsArray().Count == 2, XdsStack.Limit);

        await stack.StopServerAsync();

        await Eventually.TrueAsync(() => (first.Ended, second.Ended) == (StatusCode.OK, StatusCode.OK), XdsStack.Limit);
    }

    private static GrpcChannel ChannelTo(XdsStack stack) => GrpcChannel.ForAddress($"http://127.0.0.1:{stack.XdsPort}");

    /// <summary>A gateway that has taken the ingress "good", and refused one resource of "bad".</summary>
    private static async Task<TestGateway> RefusingAsync(XdsStack stack)
    {
        var gateway = await TestGateway.ConnectAsync(stack.XdsPort);
        gateway.Refuse = id => id == new ResourceId(ResourceType.RouteConfiguration, BadRoutes) ? "no such thing" : null;
        await stack.ServiceAsync("svc", 9000);
        await stack.IngressAsync("good", "good.example.com", ("svc", 100));
        await stack.IngressAsync("bad", "bad.example.com", ("svc", 100));
        await stack.ConditionAsync("good", "Ready", "True");
        await stack.ConditionAsync("bad", "LoadBalancerReady", "False", "GatewayRefused");
        return gateway;
    }
}
