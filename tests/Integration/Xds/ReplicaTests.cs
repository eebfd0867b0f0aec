using k8s.Models;
using Knative.Xds.ControlPlane.Resources;
using Knative.Xds.Core.Wire;
using Knative.Xds.Kube.Client;
using Knative.Xds.Sandbox.Processes;
using Knative.Xds.Testing;
using Knative.Xds.Testing.Gateways;
using static Knative.Xds.ControlPlane.Resources.ResourceType;

namespace Knative.Xds.Integration.Xds;

/// <summary>Two servers on one API, and what holds for all gateways of a fleet.</summary>
public sealed class ReplicaTests
{
    private const string Written = "kxds_ingress_status_writes_total{result=\"written\"}";
    private static readonly ResourceId Routes = new(RouteConfiguration, "default/a/external");
    private static readonly (TimeSpan Duration, TimeSpan RenewDeadline, TimeSpan RetryPeriod) Lease = (TimeSpan.FromSeconds(3), TimeSpan.FromSeconds(2), TimeSpan.FromSeconds(0.5));

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task TwoServers_ServeTheSameBytes_AndAGatewayThatMovesIsSentNothing()
    {
        await using var stack = await XdsStack.StartAsync();
        await using var replica = await stack.ReplicaAsync();
        await stack.ServiceAsync("svc", 9000);
        await stack.IngressAsync("a", "a.example.com", ("svc", 100));
        await using var here = await TestGateway.ConnectAsync(stack.XdsPort);
        await using var there = await TestGateway.ConnectAsync(replica.Port);
        // A gateway that moves before it has the endpoints of its clusters would never ask for them, and so never have the routes to them.
        await Eventually.TrueAsync(() => IsComplete(here) && IsComplete(there), XdsStack.Limit);

        // Versions are hashes of the bytes.
        Assert.Equal(here.Held.OrderBy(held => $"{held.Key}"), there.Held.OrderBy(held => $"{held.Key}"));

        await using var moved = await TestGateway.ConnectAsync(replica.Port, held: here.Held);
        await stack.IngressAsync("b", "b.example.com", ("svc", 100));
        await Eventually.TrueAsync(() => moved.Holds(RouteConfiguration, "default/b/local"), XdsStack.Limit);
        // The new scopes and routes of two listeners, and nothing else.
        Assert.Equal(4, moved.Received);
    }

    [Fact]
    public async Task IngressIsBad_ServerThatStartsLater_ServesItsLastGoodState_AndAGatewayThatMovesIsSentNothing()
    {
        await using var stack = await XdsStack.StartAsync();
        await BadIngressAsync(stack);
        await using var here = await TestGateway.ConnectAsync(stack.XdsPort);
        await Eventually.TrueAsync(() => IsComplete(here), XdsStack.Limit);
        await LastGoodIsToldAsync(stack);

        await using var replica = await stack.ReplicaAsync();
        await using var moved = await TestGateway.ConnectAsync(replica.Port, held: here.Held);
        await stack.IngressAsync("b", "b.example.com", ("svc", 100));
        await Eventually.TrueAsync(() => moved.Holds(RouteConfiguration, "default/b/local"), XdsStack.Limit);

        // The new scopes and routes of two listeners, and nothing else.
        Assert.Equal(4, moved.Received);
        Assert.True(IsComplete(moved));
    }

    /// <summary>An ingress that was good, and is bad now.</summary>
    private static async Task BadIngressAsync(XdsStack stack)
    {
        await stack.ServiceAsync("svc", 9000);
        await stack.IngressAsync("a", "a.example.com", ("svc", 100));
        await stack.ConditionAsync("a", "LoadBalancerReady", "Unknown");
        await stack.IngressAsync("a", "never.example.com", ("svc", 60), ("svc", 30));
        await stack.ConditionAsync("a", "Ready", "False");
    }

    private static Task LastGoodIsToldAsync(XdsStack stack) => Eventually.TrueAsync(
        async () => (await stack.Client.ListAsync<V1Lease>(new ObjectQuery(SystemNames.Namespace), null, Token)).Items.Any(lease => lease.Metadata.Annotations?.ContainsKey("xds.kxds.dev/last-good") == true),
        XdsStack.Limit);

    private static bool IsComplete(TestGateway gateway)
    {
        var held = gateway.Held.Keys.ToLookup(id => id.Type);
        return gateway.Holds(RouteConfiguration, Routes.Name) && gateway.Holds(RouteConfiguration, "default/a/local") && held[Cluster].Any() && held[Cluster].Count() == held[ClusterLoadAssignment].Count();
    }

    [Fact]
    public async Task Status_WaitsForTheGatewaysOfTheOtherReplicaToo()
    {
        await using var stack = await XdsStack.StartAsync();
        await using var here = await TestGateway.ConnectAsync(stack.XdsPort);
        await stack.ServiceAsync("svc", 9000);
        await stack.IngressAsync("first", "first.example.com", ("svc", 100));
        await stack.ConditionAsync("first", "Ready", "True");
        await using var replica = await stack.ReplicaAsync();
        await using var there = await TestGateway.ConnectAsync(replica.Port);
        await Eventually.TrueAsync(() => there.Holds(RouteConfiguration, "default/first/external"), XdsStack.Limit);
        there.Refuse = id => id == Routes ? "not here" : null;

        await stack.IngressAsync("a", "a.example.com", ("svc", 100));
        Assert.Equal("not here", (await stack.ConditionAsync("a", "LoadBalancerReady", "False", "GatewayRefused")).Message);

        there.Refuse = _ => null;
        await stack.IngressAsync("a", ["a.example.com", "b.example.com"], ("svc", 100));
        await stack.ConditionAsync("a", "Ready", "True");
        Assert.True(here.Holds(RouteConfiguration, Routes.Name) && there.Holds(RouteConfiguration, Routes.Name));
    }

    [Fact]
    public async Task WriterOfStatusesStops_TheOtherReplicaWritesThem()
    {
        await using var stack = await XdsStack.StartAsync();
        await using var replica = await stack.ReplicaAsync();
        await using var there = await TestGateway.ConnectAsync(replica.Port);
        await stack.ServiceAsync("svc", 9000);
        await stack.IngressAsync("a", "a.example.com", ("svc", 100));
        await stack.ConditionAsync("a", "Ready", "True");

        await stack.StopServerAsync();
        await stack.IngressAsync("b", "b.example.com", ("svc", 100));

        await stack.ConditionAsync("b", "Ready", "True");
    }

    [Fact]
    public async Task WriterOfStatusesIsKilled_TheOtherReplicaWritesThemOnceTheLeaseHasRunOut_AndNotBefore()
    {
        await using var processes = new ProcessHost(TimeProvider.System);
        await using var stack = await XdsStack.StartAsync(options => (options.LeaseDuration, options.LeaseRenewDeadline, options.LeaseRetryPeriod) = Lease);
        var port = FreePorts.Take(1)[0];
        var writer = processes.Start(new ChildProcessStart
        {
            Command =
            [
                XdsServerUnderTest.Program ?? Path.Combine(AppContext.BaseDirectory, "Knative.Xds.XdsServer"), "--kubeconfig", stack.Kubeconfig, "--listen", $"127.0.0.1:{port}", "--admin-listen", "127.0.0.1:0",
                "--pod-name", "doomed", "--lease-duration", "3", "--lease-renew-deadline", "2", "--lease-retry-period", "0.5",
            ],
        });
        await Eventually.TrueAsync(async () => await stack.Client.FindAsync<V1Lease>(new(SystemNames.Namespace, "kxds-xds-server-doomed"), Token) is not null, XdsStack.Limit);
        // It gives its lease back, and is second in line from then on.
        await stack.StopServerAsync();
        await Eventually.TrueAsync(async () => (await LeaseAsync(stack)).HolderIdentity == "doomed", XdsStack.Limit);
        await stack.RestartAsync();
        await using var there = await TestGateway.ConnectAsync(port);
        await using var here = await TestGateway.ConnectAsync(stack.XdsPort);
        await stack.ServiceAsync("svc", 9000);
        await stack.IngressAsync("a", "a.example.com", ("svc", 100));
        await stack.ConditionAsync("a", "Ready", "True");
        Assert.Null(await stack.MetricAsync(Written));
        var before = await LeaseAsync(stack);

        writer.Kill();
        await writer.Exited;
        await Eventually.TrueAsync(() => there.Ended is not null, XdsStack.Limit);
        await stack.IngressAsync("b", "b.example.com", ("svc", 100));
        await stack.ConditionAsync("b", "Ready", "True");

        var after = await LeaseAsync(stack);
        Assert.NotEqual("doomed", after.HolderIdentity);
        Assert.Equal(before.LeaseTransitions + 1, after.LeaseTransitions);
        // The dead one renewed it last some time after it was read here.
        Assert.True(after.AcquireTime - before.RenewTime >= Lease.Duration, $"the lease was renewed at {before.RenewTime:O} and taken at {after.AcquireTime:O}");
        Assert.True(await stack.MetricAsync(Written) >= 1);
    }

    [Fact]
    public async Task OneGatewayRefusesAChange_TheWholeFleetKeepsTheLastGoodVersionAndTheRestFlows()
    {
        await using var stack = await XdsStack.StartAsync();
        await using var one = await TestGateway.ConnectAsync(stack.XdsPort);
        await using var two = await TestGateway.ConnectAsync(stack.XdsPort);
        await stack.ServiceAsync("svc", 9000);
        await stack.ServiceAsync("other", 9001);
        await stack.IngressAsync("a", "a.example.com", ("svc", 100));
        await stack.ConditionAsync("a", "Ready", "True");
        var good = one.Held[Routes];

        one.RefuseVersion = (id, version) => id == Routes && version != good ? "no such thing" : null;
        await stack.IngressAsync("a", "a.example.com", ("other", 100));
        Assert.Equal("no such thing", (await stack.ConditionAsync("a", "LoadBalancerReady", "False", "GatewayRefused")).Message);
        await Eventually.TrueAsync(() => one.Held[Routes] == good && two.Held[Routes] == good, XdsStack.Limit);

        await stack.IngressAsync("b", "b.example.com", ("svc", 100));
        await stack.ConditionAsync("b", "Ready", "True");

        // Mended, it is served again.
        one.RefuseVersion = null;
        await stack.IngressAsync("a", ["a.example.com", "c.example.com"], ("other", 100));
        await stack.ConditionAsync("a", "Ready", "True");
        Assert.NotEqual(good, two.Held[Routes]);
    }

    private static async Task<V1LeaseSpec> LeaseAsync(XdsStack stack) => (await stack.Client.FindAsync<V1Lease>(new(SystemNames.Namespace, "kxds-xds-server"), Token))!.Spec;
}
