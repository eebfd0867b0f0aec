using k8s.Models;
using Knative.Xds.Core.Wire;
using Knative.Xds.Kube.Api;

namespace Knative.Xds.Autoscaler.Tests.Reconciling;

public class SksTests
{
    [Fact]
    public async Task Sks_NewRevision_HasBothServicesWithUpstreamsPorts()
    {
        await using var harness = await AutoscalerHarness.StartAsync();

        await harness.CreateRevisionAsync("hello");

        await harness.UntilAsync(async () => (await harness.FindAsync<ServerlessService>("hello"))?.Status?.ServiceName == "hello", "the SKS status");
        var open = await harness.FindAsync<V1Service>("hello");
        var hidden = await harness.FindAsync<V1Service>("hello-private");
        Assert.Equal(["http 80 8012", "https 443 8112"], Ports(open!));
        Assert.Equal(
            ["http 80 8012", "https 443 8112", "http-autometric 9090 http-autometric", "http-usermetric 9091 http-usermetric", "http-istio 8012 8012"],
            Ports(hidden!));
        Assert.Null(open!.Spec.Selector);
        Assert.Equal("hello-uid", hidden!.Spec.Selector[Labels.RevisionUid]);
        Assert.Equal("Private", hidden.Metadata.Labels[Labels.ServiceType]);
        Assert.Equal("hello", open.Metadata.Labels[Labels.ServerlessService]);
    }

    [Fact]
    public async Task Endpoints_NoPods_AreTheActivators()
    {
        await using var harness = await AutoscalerHarness.StartAsync();
        await harness.CreateSliceAsync("knative-serving", "activator-service", "127.9.1.1", ("http", 8012), ("http2", 8013));

        await harness.CreateRevisionAsync("hello");

        await harness.UntilAsync(async () => await AddressesAsync(harness) == "127.9.1.1:8012", "the activator's address");
        await harness.UntilAsync(async () => await ConditionAsync(harness, "ActivatorEndpointsPopulated") == "True", "ActivatorEndpointsPopulated");
    }

    [Fact]
    public async Task Endpoints_EnoughBurstCapacity_AreThePods()
    {
        await using var harness = await AutoscalerHarness.StartAsync();
        await harness.CreateSliceAsync("knative-serving", "activator-service", "127.9.1.2", ("http", 8012), ("http2", 8013));
        await harness.CreateRevisionAsync("hello", ("autoscaling.knative.dev/target-burst-capacity", "0"));
        await harness.CreateReadyPodAsync("hello", "hello-1", "127.9.1.3");
        await harness.CreateSliceAsync("default", "hello-private", "127.9.1.3", ("http", 8012), ("http-istio", 8012), ("http-autometric", 9090));
        await harness.UntilAsync(async () => await harness.FindAsync<Metric>("hello") is { Status: not null }, "the Metric");

        await harness.UntilAsync(
            async () =>
            {
                await harness.PushAsync("hello", 1);
                return (await harness.FindAsync<ServerlessService>("hello"))?.Spec.Mode == "Serve";
            },
            "Serve mode");

        await harness.UntilAsync(async () => await AddressesAsync(harness) == "127.9.1.3:8012,8012", "the pod's address");
        // The status follows the endpoints: Ready alone may still be what proxy mode had said.
        await harness.UntilAsync(async () => await ConditionAsync(harness, "ActivatorEndpointsPopulated") == "False", "the status of Serve mode");
        Assert.Equal("True", await ConditionAsync(harness, "Ready"));
    }

    private static IEnumerable<string> Ports(V1Service service) => service.Spec.Ports.Select(port => $"{port.Name} {port.Port} {port.TargetPort.Value}");

    private static async Task<string> AddressesAsync(AutoscalerHarness harness) =>
        string.Join(';', ((await harness.FindAsync<V1Endpoints>("hello"))?.Subsets ?? []).Select(
            subset => $"{string.Join(',', subset.Addresses.Select(address => address.Ip))}:{string.Join(',', subset.Ports.Select(port => port.Port))}"));

    private static async Task<string?> ConditionAsync(AutoscalerHarness harness, string type) =>
        (await harness.FindAsync<ServerlessService>("hello"))?.Status?.Conditions?.FirstOrDefault(condition => condition.Type == type)?.Status;
}
