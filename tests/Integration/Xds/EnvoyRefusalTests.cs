using System.Globalization;
using Knative.Xds.Kube.Api;
using Knative.Xds.Testing;

namespace Knative.Xds.Integration.Xds;

/// <summary>Ingresses that nothing is wrong with but that the real Envoy takes no routes of: it allows 1,000 headers to be added to a request.</summary>
public sealed class EnvoyRefusalTests(EnvoyStack stack) : IClassFixture<EnvoyStack>
{
    [Fact]
    public async Task NewIngress_IsRefusedByItsName_AndTheRestFlows()
    {
        stack.Need();
        await stack.Server.IngressAsync("many", Spec("many.example.com", "svc-a", headers: 1001));
        await stack.Server.IngressAsync("few", Spec("few.example.com", "svc-b", headers: 2));

        var condition = await stack.Server.ConditionAsync("many", "LoadBalancerReady", "False", "GatewayRefused");

        // Envoy repeats the whole resource before the reason, and cuts its words at 4,096 characters: of one so large only the name is left, and where the rest is.
        Assert.Contains("name: \"default/many/", condition.Message, StringComparison.Ordinal);
        Assert.EndsWith("(the gateway left out what is wrong with it: its log says so, as a warning)", condition.Message, StringComparison.Ordinal);
        await Eventually.TrueAsync(() => stack.Gateway.Log.Contains("no more than 1000 item(s)", StringComparison.Ordinal), XdsStack.Limit);
        await stack.Server.ConditionAsync("few", "Ready", "True");
        Assert.Equal((200, "b"), await stack.Gateway.GetAsync("few.example.com"));
        Assert.Equal(404, (await stack.Gateway.GetAsync("many.example.com")).Code);
    }

    [Fact]
    public async Task ChangedIngress_KeepsItsLastGoodRoutesUntilItIsMended()
    {
        stack.Need();
        await stack.Server.IngressAsync("turning", Spec("turning.example.com", "svc-a", headers: 1));
        await stack.Server.ConditionAsync("turning", "Ready", "True");

        await stack.Server.IngressAsync("turning", Spec("turning.example.com", "svc-b", headers: 1001));
        await stack.Server.ConditionAsync("turning", "LoadBalancerReady", "False", "GatewayRefused");
        Assert.Equal((200, "a"), await stack.Gateway.GetAsync("turning.example.com"));

        await stack.Server.IngressAsync("beside", Spec("beside.example.com", "svc-b", headers: 1));
        await stack.Server.ConditionAsync("beside", "Ready", "True");
        Assert.Equal((200, "b"), await stack.Gateway.GetAsync("beside.example.com"));
        Assert.Equal((200, "a"), await stack.Gateway.GetAsync("turning.example.com"));

        await stack.Server.IngressAsync("turning", Spec("turning.example.com", "svc-b", headers: 2));
        await stack.Server.ConditionAsync("turning", "Ready", "True");
        Assert.Equal((200, "b"), await stack.Gateway.GetAsync("turning.example.com"));
    }

    private static KIngressSpec Spec(string host, string service, int headers)
    {
        var rule = XdsStack.Rule(service, "ExternalIP", host);
        rule.Http!.Paths![0].AppendHeaders = Enumerable.Range(0, headers).ToDictionary(i => string.Create(CultureInfo.InvariantCulture, $"x-h-{i}"), _ => "v");
        return new KIngressSpec { Rules = [rule] };
    }
}
