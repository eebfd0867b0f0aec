using Envoy.Service.Discovery.V3;
using Grpc.Core;
using Grpc.Net.Client;
using Knative.Xds.ControlPlane.Resources;
using Knative.Xds.Testing.Gateways;
using Knative.Xds.XdsServer.Fleets;

namespace Knative.Xds.Integration.Xds;

/// <summary>Several gateway fleets on one server.</summary>
public sealed class FleetTests
{
    private static readonly FleetOptions[] Fleets =
    [
        new() { Name = "prod", IngressClasses = ["shared"], Selector = "env=prod", PublicAddress = "prod.example.svc", PrivateAddress = "prod-local.example.svc" },
        new() { Name = "all", IngressClasses = ["shared", "dev"], PublicAddress = "all.example.svc", PrivateAddress = "all-local.example.svc" },
    ];

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task TwoFleets_EachGatewayHasItsFleetsIngressesAndStatusNamesTheFirst()
    {
        await using var stack = await StartAsync();
        await stack.IngressAsync("a", "shared", new() { ["env"] = "prod" }, ["a.example.com"], ("svc", 100));
        await stack.IngressAsync("b", "dev", null, ["b.example.com"], ("svc", 100));
        await using var all = await TestGateway.ConnectAsync(stack.XdsPort, "all");

        await stack.ConditionAsync("b", "Ready", "True");
        // It is also prod's, and no gateway of prod is there yet.
        await stack.ConditionAsync("a", "Ready", "Unknown", "Uninitialized");
        await using var prod = await TestGateway.ConnectAsync(stack.XdsPort, "prod");
        await stack.ConditionAsync("a", "Ready", "True");

        Assert.Equal(["external|a.example.com", "local|a.example.com"], ScopesOf(prod));
        Assert.Equal(["external|a.example.com", "external|b.example.com", "local|a.example.com", "local|b.example.com"], ScopesOf(all));
        // Serving takes more than one entry for an error.
        Assert.Equal(["prod.example.svc"], (await stack.StatusAsync("a"))!.PublicLoadBalancer!.Ingress!.Select(entry => entry.DomainInternal));
        Assert.Equal(["all-local.example.svc"], (await stack.StatusAsync("b"))!.PrivateLoadBalancer!.Ingress!.Select(entry => entry.DomainInternal));
    }

    [Fact]
    public async Task LabelChanges_TheIngressLeavesItsFleet()
    {
        await using var stack = await StartAsync();
        await using var prod = await TestGateway.ConnectAsync(stack.XdsPort, "prod");
        await using var all = await TestGateway.ConnectAsync(stack.XdsPort, "all");
        await stack.IngressAsync("a", "shared", new() { ["env"] = "prod" }, ["a.example.com"], ("svc", 100));
        await stack.ConditionAsync("a", "Ready", "True");

        await stack.IngressAsync("a", "shared", new() { ["env"] = "dev" }, ["a.example.com"], ("svc", 100));

        await Testing.Eventually.TrueAsync(() => ScopesOf(prod).Length == 0, XdsStack.Limit);
        Assert.Equal(2, ScopesOf(all).Length);
    }

    [Fact]
    public async Task IngressMoves_StatusNamesTheOldFleet_UntilEveryGatewayOfTheNewOneHasTakenIt()
    {
        await using var stack = await XdsStack.StartAsync(options =>
        {
            // A gateway that does not answer counts for as long as the test takes.
            options.HoldLimit = options.FleetMoveLinger = TimeSpan.FromMinutes(5);
            options.Fleets.Add(Coloured("blue"));
            options.Fleets.Add(Coloured("green"));
        });
        await stack.ServiceAsync("svc", 9000);
        await using var blue = await TestGateway.ConnectAsync(stack.XdsPort, "blue");
        await using var green = await TestGateway.ConnectAsync(stack.XdsPort, "green");
        await using var late = await TestGateway.ConnectAsync(stack.XdsPort, "green");
        await stack.IngressAsync("a", "blue", null, ["a.example.com"], ("svc", 100));
        await stack.ConditionAsync("a", "Ready", "True");

        late.IsMute = type => type == ResourceType.RouteConfiguration;
        await stack.IngressAsync("a", "green", null, ["a.example.com"], ("svc", 100));
        await Testing.Eventually.TrueAsync(() => ScopesOf(green).Length == 2 && ScopesOf(late).Length == 2, XdsStack.Limit);
        // What is said of it now was said before this.
        await stack.IngressAsync("b", "blue", null, ["b.example.com"], ("svc", 100));
        await stack.ConditionAsync("b", "Ready", "True");
        Assert.Equal(("blue.example.svc", "blue-local.example.svc"), await AddressesAsync(stack, "a"));
        await stack.ConditionAsync("a", "Ready", "True");
        Assert.Equal(4, ScopesOf(blue).Length);

        await late.SpeakAsync();
        await Testing.Eventually.TrueAsync(async () => await AddressesAsync(stack, "a") == ("green.example.svc", "green-local.example.svc"), XdsStack.Limit);
        await stack.ConditionAsync("a", "Ready", "True");
        // Clients have time to follow.
        Assert.Equal(4, ScopesOf(blue).Length);
    }

    [Fact]
    public async Task UnknownFleet_IsRefusedAndToldWhichThereAre()
    {
        await using var stack = await StartAsync();
        using var channel = GrpcChannel.ForAddress($"http://127.0.0.1:{stack.XdsPort}");
        using var call = new AggregatedDiscoveryService.AggregatedDiscoveryServiceClient(channel).DeltaAggregatedResources(cancellationToken: Cancel);
        var request = new DeltaDiscoveryRequest { Node = new() { Id = "gw", Metadata = new() }, TypeUrl = ResourceType.Cluster.TypeUrl() };
        request.Node.Metadata.Fields["kxds.fleet"] = Google.Protobuf.WellKnownTypes.Value.ForString("pord");

        await call.RequestStream.WriteAsync(request, Cancel);

        var refusal = await Assert.ThrowsAsync<RpcException>(() => call.ResponseStream.MoveNext(Cancel)).WaitAsync(XdsStack.Limit, Cancel);
        Assert.Equal((StatusCode.InvalidArgument, "node gw: there is no fleet \"pord\"; the fleets are prod, all"), (refusal.StatusCode, refusal.Status.Detail));
    }

    [Fact]
    public async Task TwoFleetsOfRealEnvoys_EachAnswersItsOwnHostsAnd404sTheOthers_AndBothWhatTheyShare()
    {
        Testing.RealComponents.OrSkip(Testing.RealComponents.Envoy, "envoy");
        var listeners = FixedEndPoint.Free(4);
        await using var stack = await StartAsync(TimeSpan.FromSeconds(1), Coloured("blue", listeners[0], listeners[1]), Coloured("green", listeners[2], listeners[3]));
        await using var backend = await Backend.StartAsync("a");
        await stack.ServiceAsync("svc", backend.Port);
        await using var blue = Gateway(stack, "blue", listeners[0]);
        await using var green = Gateway(stack, "green", listeners[2]);
        foreach (var name in new[] { "blue", "green", "shared" })
        {
            await stack.IngressAsync(name, name, null, [$"{name}.example.com"], ("svc", 100));
            await stack.ConditionAsync(name, "Ready", "True");
        }

        await blue.AnswersAsync("shared.example.com", "a");
        await green.AnswersAsync("shared.example.com", "a");
        await blue.AnswersAsync("blue.example.com", "a");
        await green.AnswersAsync("green.example.com", "a");
        Assert.Equal(404, (await blue.GetAsync("green.example.com")).Code);
        Assert.Equal(404, (await green.GetAsync("blue.example.com")).Code);

        // An ingress that has moved is answered by its new fleet alone.
        await stack.IngressAsync("blue", "green", null, ["blue.example.com"], ("svc", 100));
        await stack.ConditionAsync("blue", "Ready", "True");
        await green.AnswersAsync("blue.example.com", "a");
        await Testing.Eventually.TrueAsync(async () => (await blue.GetAsync("blue.example.com")).Code == 404, XdsStack.Limit);
    }

    [Fact]
    public async Task TwoFleetsOfRealEnvoys_IngressMovesUnderLoad_NoRequestFailsThatFollowsTheAddress()
    {
        Testing.RealComponents.OrSkip(Testing.RealComponents.Envoy, "envoy");
        var listeners = FixedEndPoint.Free(4);
        await using var stack = await StartAsync(TimeSpan.FromSeconds(8), Coloured("blue", listeners[0], listeners[1]), Coloured("green", listeners[2], listeners[3]));
        await using var backend = await Backend.StartAsync("a");
        await stack.ServiceAsync("svc", backend.Port);
        await using var blue = Gateway(stack, "blue", listeners[0]);
        await using var green = Gateway(stack, "green", listeners[2]);
        await stack.IngressAsync("moves", "blue", null, ["moves.example.com"], ("svc", 100));
        await stack.ConditionAsync("moves", "Ready", "True");
        await blue.AnswersAsync("moves.example.com", "a");

        using var followed = new CancellationTokenSource();
        var old = AskAsync(blue, () => followed.IsCancellationRequested);
        try
        {
            await stack.IngressAsync("moves", "green", null, ["moves.example.com"], ("svc", 100));
            await Testing.Eventually.TrueAsync(async () => (await AddressesAsync(stack, "moves")).Public == "green.example.svc", XdsStack.Limit);
        }
        finally
        {
            await followed.CancelAsync();
        }

        Assert.Equal([(200, "a")], (await old).Keys);
        var left = 200;
        Assert.Equal(new Dictionary<(int, string), int> { [(200, "a")] = 200 }, await AskAsync(green, () => left-- == 0));
        await Testing.Eventually.TrueAsync(async () => (await blue.GetAsync("moves.example.com")).Code == 404, XdsStack.Limit);
        Assert.Equal((200, "a"), await green.GetAsync("moves.example.com"));
    }

    /// <summary>Sends one request after the other.</summary>
    /// <returns>How often there was each answer.</returns>
    private static async Task<Dictionary<(int Code, string Body), int>> AskAsync(RealEnvoy gateway, Func<bool> isOver)
    {
        var answers = new Dictionary<(int, string), int>();
        while (!isOver())
        {
            var answer = await gateway.GetAsync("moves.example.com");
            answers[answer] = answers.GetValueOrDefault(answer) + 1;
        }

        return answers;
    }

    private static RealEnvoy Gateway(XdsStack stack, string fleet, string listen) =>
        RealEnvoy.Start(new RealEnvoyOptions { XdsPort = stack.XdsPort, ExternalListen = listen, NodeId = $"gateway-{fleet}", Fleet = fleet });

    /// <summary>A fleet for the class of its name, and for the class <c>shared</c>.</summary>
    private static FleetOptions Coloured(string name, string externalListen = "127.0.0.1:8080", string localListen = "127.0.0.1:8081") => new()
    {
        Name = name,
        IngressClasses = [name, "shared"],
        ExternalListen = externalListen,
        LocalListen = localListen,
        PublicAddress = $"{name}.example.svc",
        PrivateAddress = $"{name}-local.example.svc",
    };

    private static async Task<(string? Public, string? Private)> AddressesAsync(XdsStack stack, string ingress)
    {
        var status = await stack.StatusAsync(ingress);
        return (status?.PublicLoadBalancer?.Ingress?.Single().DomainInternal, status?.PrivateLoadBalancer?.Ingress?.Single().DomainInternal);
    }

    private static async Task<XdsStack> StartAsync()
    {
        var stack = await StartAsync(TimeSpan.FromSeconds(1), Fleets);
        await stack.ServiceAsync("svc", 9000);
        return stack;
    }

    private static Task<XdsStack> StartAsync(TimeSpan linger, params FleetOptions[] fleets) => XdsStack.StartAsync(options =>
    {
        options.FleetMoveLinger = linger;
        foreach (var fleet in fleets)
        {
            options.Fleets.Add(fleet);
        }
    });

    private static string[] ScopesOf(TestGateway gateway) => [.. gateway.Held.Keys.Where(id => id.Type == ResourceType.ScopedRouteConfiguration).Select(id => id.Name).Order(StringComparer.Ordinal)];
}
