using Knative.Xds.ControlPlane.Resources;
using Knative.Xds.Testing;
using Knative.Xds.Testing.Gateways;
using static Knative.Xds.ControlPlane.Resources.ResourceType;

namespace Knative.Xds.Integration.Xds;

/// <summary>Two servers on one API, and what holds for all gateways of a fleet.</summary>
public sealed class ReplicaTests
{
    private static readonly ResourceId Routes = new(RouteConfiguration, "default/a/external");

    [Fact]
    public async Task TwoServers_ServeTheSameBytes_AndAGatewayThatMovesIsSentNothing()
    {
        await using var stack = await XdsStack.StartAsync();
        await using var replica = await stack.ReplicaAsync();
        await stack.ServiceAsync("svc", 9000);
        await stack.IngressAsync("a", "a.example.com", ("svc", 100));
        await using var here = await TestGateway.ConnectAsync(stack.XdsPort);
        await using var there = await TestGateway.ConnectAsync(replica.Port);
        await Eventually.TrueAsync(() => here.Holds(RouteConfiguration, Routes.Name) && there.Holds(RouteConfiguration, Routes.Name) && here.Held.Count == there.Held.Count, XdsStack.Limit);

        // Versions are hashes of the bytes.
        Assert.Equal(here.Held.OrderBy(held => $"{held.Key}"), there.Held.OrderBy(held => $"{held.Key}"));

        await using var moved = await TestGateway.ConnectAsync(replica.Port, held: here.Held);
        await stack.IngressAsync("b", "b.example.com", ("svc", 100));
        await Eventually.TrueAsync(() => moved.Holds(RouteConfiguration, "default/b/local"), XdsStack.Limit);
        // The new scopes and routes of two listeners, and nothing else.
        Assert.Equal(4, moved.Received);
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
}
