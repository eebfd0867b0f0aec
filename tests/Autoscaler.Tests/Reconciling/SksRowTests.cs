using k8s.Models;
using Knative.Xds.Core.Model;
using Knative.Xds.Core.Wire;
using Knative.Xds.Kube.Api;

namespace Knative.Xds.Autoscaler.Tests.Reconciling;

// Rows E2 to E8 of upstream's behaviour tests: a ServerlessService that a test writes itself.
public class SksRowTests
{
    [Fact]
    public async Task E2_ServeModeWithoutReadyPods_LeadsToTheActivatorsAndSaysSo()
    {
        await using var harness = await AutoscalerHarness.StartAsync();
        await harness.CreateSliceAsync("knative-serving", "activator-service", "127.9.32.1", ("http", 8012), ("http2", 8013));
        await CreateSksAsync(harness, "Serve");

        await UntilAddressesAsync(harness, "127.9.32.1");
        await UntilConditionAsync(harness, "EndpointsPopulated", "Unknown", "NoHealthyBackends");
        await UntilConditionAsync(harness, "Ready", "Unknown", "NoHealthyBackends");
        await UntilConditionAsync(harness, "ActivatorEndpointsPopulated", "True", "ActivatorEndpointsPopulated");
        Assert.Equal("Serve", (await harness.FindAsync<ServerlessService>("hello"))!.Spec.Mode);
    }

    [Fact]
    public async Task E3_ProxyModeWithReadyPods_IsReadyAndLeadsToTheActivators()
    {
        await using var harness = await AutoscalerHarness.StartAsync();
        await harness.CreateSliceAsync("knative-serving", "activator-service", "127.9.30.1", ("http", 8012), ("http2", 8013));
        await harness.CreateSliceAsync("default", "hello-private", "127.9.30.2", ("http", 8012), ("http-istio", 8012));
        await CreateSksAsync(harness, "Proxy");

        await UntilAddressesAsync(harness, "127.9.30.1");
        await UntilConditionAsync(harness, "Ready", "True", null);
        await UntilConditionAsync(harness, "ActivatorEndpointsPopulated", "True", "ActivatorEndpointsPopulated");
    }

    [Fact]
    public async Task E4_ProxyModeWithoutActivators_LeadsToThePods()
    {
        await using var harness = await AutoscalerHarness.StartAsync();
        await harness.CreateSliceAsync("default", "hello-private", "127.9.31.2", ("http", 8012), ("http-istio", 8012));
        await CreateSksAsync(harness, "Proxy");

        await UntilAddressesAsync(harness, "127.9.31.2");
    }

    [Fact]
    public async Task E5_MoreActivatorsThanAskedFor_AreChosenByHash()
    {
        await using var harness = await AutoscalerHarness.StartAsync();
        foreach (var activator in Enumerable.Range(1, 8))
        {
            await harness.CreateSliceAsync("knative-serving", "activator-service", $"10.0.0.{activator}", ("http", 8012), ("http2", 8013));
        }

        await CreateSksAsync(harness, "Proxy", name: "rev", activators: 5);
        await UntilActivatorsAsync(harness, 2, 4, 5, 7, 8);
        foreach (var all in new[] { 0, 9 })
        {
            var patch = new V1Patch($$$"""{"spec":{"numActivators":{{{all}}}}}""", V1Patch.PatchType.MergePatch);
            await harness.Client.PatchAsync<ServerlessService>(new ObjectKey("default", "rev"), patch, null, TestContext.Current.CancellationToken);
            await UntilActivatorsAsync(harness, 1, 2, 3, 4, 5, 6, 7, 8);
            patch = new V1Patch("""{"spec":{"numActivators":5}}""", V1Patch.PatchType.MergePatch);
            await harness.Client.PatchAsync<ServerlessService>(new ObjectKey("default", "rev"), patch, null, TestContext.Current.CancellationToken);
            await UntilActivatorsAsync(harness, 2, 4, 5, 7, 8);
        }
    }

    [Fact]
    public async Task E6_ServicesThatSomebodyChanged_AreRestored()
    {
        await using var harness = await AutoscalerHarness.StartAsync();
        await CreateSksAsync(harness, "Serve");
        await harness.UntilAsync(async () => (await harness.FindAsync<ServerlessService>("hello"))?.Status?.ServiceName == "hello", "both Services");
        var open = (await harness.FindAsync<V1Service>("hello"))!;
        open.Spec.Selector = new Dictionary<string, string> { ["app"] = "mine" };
        open.Spec.Ports = [new V1ServicePort { Name = "http", Port = 8080 }];
        await harness.Client.ReplaceAsync(open, TestContext.Current.CancellationToken);
        var hidden = (await harness.FindAsync<V1Service>("hello-private"))!;
        hidden.Spec.Selector = new Dictionary<string, string> { ["app"] = "mine" };
        await harness.Client.ReplaceAsync(hidden, TestContext.Current.CancellationToken);

        await harness.UntilAsync(async () => (await harness.FindAsync<V1Service>("hello"))?.Spec is { Selector: null or { Count: 0 }, Ports: [{ Port: 80 }, { Port: 443 }] }, "the public Service");
        await harness.UntilAsync(async () => (await harness.FindAsync<V1Service>("hello-private"))?.Spec.Selector?.ContainsKey(Labels.RevisionUid) == true, "the private Service");
    }

    // Nobody sees it while repairs succeed: the same reconcile goes on to the final verdict.
    [Fact]
    public async Task E6_PrivateServiceThatCannotBeRestored_IsSaidToBeUpdating()
    {
        using var api = new RefusingApi(HttpMethod.Put, "/services/hello-private");
        await using var harness = await AutoscalerHarness.StartAsync(api);
        await CreateSksAsync(harness, "Serve");
        await harness.UntilAsync(async () => (await harness.FindAsync<ServerlessService>("hello"))?.Status?.ServiceName == "hello", "both Services");
        api.Refuses = true;
        var hidden = (await harness.FindAsync<V1Service>("hello-private"))!;
        hidden.Spec.Selector = new Dictionary<string, string> { ["app"] = "mine" };
        await harness.Client.ReplaceAsync(hidden, TestContext.Current.CancellationToken);

        await UntilConditionAsync(harness, "EndpointsPopulated", "Unknown", "UpdatingPrivateService");
        await UntilConditionAsync(harness, "Ready", "Unknown", "UpdatingPrivateService");
        await harness.UntilAsync(async () => await harness.HasEventAsync("hello", "InternalError"), "the Event");
        Assert.Contains(harness.Logs.GetSnapshot(), entry => entry.Message.Contains("failed to update private K8s Service: ", StringComparison.Ordinal));
        Assert.NotEqual(0, api.Refused);

        api.Refuses = false;
        await harness.UntilAsync(async () => (await harness.FindAsync<V1Service>("hello-private"))?.Spec.Selector?.ContainsKey(Labels.RevisionUid) == true, "the private Service");
        await UntilConditionAsync(harness, "EndpointsPopulated", "Unknown", "NoHealthyBackends");
    }

    [Fact]
    public async Task E7_ServiceOfSomebodyElse_IsNotOwned()
    {
        await using var harness = await AutoscalerHarness.StartAsync();
        await harness.Client.CreateAsync(
            new V1Service
            {
                Metadata = new V1ObjectMeta { Name = "hello-private", NamespaceProperty = "default", Labels = new Dictionary<string, string> { [Labels.ServerlessService] = "hello" } },
                Spec = new V1ServiceSpec { Ports = [new V1ServicePort { Name = "http", Port = 80 }] },
            },
            TestContext.Current.CancellationToken);

        await CreateSksAsync(harness, "Serve");

        await UntilConditionAsync(harness, "Ready", "False", "NotOwned");
        await harness.UntilAsync(async () => await harness.HasEventAsync("hello", "InternalError"), "the Event");
        Assert.Contains(harness.Logs.GetSnapshot(), entry => entry.Message.EndsWith("SKS: hello does not own Service: hello-private", StringComparison.Ordinal));
        Assert.Null(await harness.FindAsync<V1Service>("hello"));
    }

    [Fact]
    public async Task E7_EndpointsOfSomebodyElse_AreNotOwned()
    {
        await using var harness = await AutoscalerHarness.StartAsync();
        await harness.CreateSliceAsync("knative-serving", "activator-service", "127.9.33.1", ("http", 8012), ("http2", 8013));
        await harness.Client.CreateAsync(
            new V1Endpoints
            {
                Metadata = new V1ObjectMeta { Name = "hello", NamespaceProperty = "default", Labels = new Dictionary<string, string> { [Labels.ServerlessService] = "hello" } },
                Subsets = [new V1EndpointSubset { Addresses = [new V1EndpointAddress { Ip = "10.9.9.9" }], Ports = [new Corev1EndpointPort { Port = 8012 }] }],
            },
            TestContext.Current.CancellationToken);

        await CreateSksAsync(harness, "Serve");

        await UntilConditionAsync(harness, "EndpointsPopulated", "False", "NotOwned");
        await UntilConditionAsync(harness, "Ready", "False", "NotOwned");
        await harness.UntilAsync(async () => await harness.HasEventAsync("hello", "InternalError"), "the Event");
        Assert.Contains(harness.Logs.GetSnapshot(), entry => entry.Message.EndsWith("SKS: hello does not own Endpoints: hello", StringComparison.Ordinal));
        Assert.Equal("10.9.9.9", (await harness.FindAsync<V1Endpoints>("hello"))!.Subsets[0].Addresses[0].Ip);
    }

    [Fact]
    public async Task E7_NoDeployment_FailsBeforeAnythingIsMade()
    {
        await using var harness = await AutoscalerHarness.StartAsync();
        await CreateSksAsync(harness, "Serve", withDeployment: false);

        await harness.UntilAsync(async () => await harness.HasEventAsync("hello", "InternalError"), "the Event");

        Assert.Contains(harness.Logs.GetSnapshot(), entry => entry.Message.Contains("error retrieving deployment selector spec", StringComparison.Ordinal));
        Assert.Null(await harness.FindAsync<V1Service>("hello-private"));
    }

    [Fact]
    public async Task E8_H2c_HasItsOwnPorts()
    {
        await using var harness = await AutoscalerHarness.StartAsync();
        await CreateSksAsync(harness, "Serve", protocol: "h2c");

        await harness.UntilAsync(async () => (await harness.FindAsync<ServerlessService>("hello"))?.Status?.ServiceName == "hello", "both Services");

        Assert.Equal("http2 81 8013 kubernetes.io/h2c", First(await harness.FindAsync<V1Service>("hello")));
        Assert.Equal("http2 80 8013 kubernetes.io/h2c", First(await harness.FindAsync<V1Service>("hello-private")));
    }

    private static string First(V1Service? service)
    {
        var port = service!.Spec.Ports[0];
        return $"{port.Name} {port.Port} {port.TargetPort.Value} {port.AppProtocol}";
    }

    private static Task UntilAddressesAsync(AutoscalerHarness harness, string address) => harness.UntilAsync(
        async () => (await harness.FindAsync<V1Endpoints>("hello"))?.Subsets is [{ Addresses: [{ Ip: var ip }] }] && ip == address,
        $"the address {address}");

    private static Task UntilActivatorsAsync(AutoscalerHarness harness, params int[] activators) => harness.UntilAsync(
        async () => (await harness.FindAsync<V1Endpoints>("rev"))?.Subsets?.SelectMany(subset => subset.Addresses).Select(address => address.Ip).Order(StringComparer.Ordinal)
            .SequenceEqual(activators.Select(activator => $"10.0.0.{activator}")) == true,
        $"activators {string.Join(' ', activators)}");

    private static Task UntilConditionAsync(AutoscalerHarness harness, string type, string status, string? reason) => harness.UntilAsync(
        async () => (await harness.FindAsync<ServerlessService>("hello"))?.Status?.Conditions?.Any(c => c.Type == type && c.Status == status && c.Reason == reason) == true,
        $"{type} {status} {reason}");

    private static async Task CreateSksAsync(AutoscalerHarness harness, string mode, string protocol = "http1", bool withDeployment = true, string name = "hello", int? activators = null)
    {
        var token = TestContext.Current.CancellationToken;
        var labels = new Dictionary<string, string> { [Labels.Revision] = "hello", [Labels.RevisionUid] = "hello-uid" };
        if (withDeployment)
        {
            await harness.Client.CreateAsync(
                new V1Deployment
                {
                    Metadata = new V1ObjectMeta { Name = "hello-deployment", NamespaceProperty = "default", Labels = labels },
                    Spec = new V1DeploymentSpec
                    {
                        Selector = new V1LabelSelector { MatchLabels = new Dictionary<string, string> { [Labels.RevisionUid] = "hello-uid" } },
                        Template = new V1PodTemplateSpec
                        {
                            Metadata = new V1ObjectMeta { Labels = labels },
                            Spec = new V1PodSpec { Containers = [new V1Container { Name = "user-container", Image = "kxds.dev/hello" }] },
                        },
                    },
                },
                token);
        }

        await harness.Client.CreateAsync(
            new ServerlessService
            {
                Metadata = new V1ObjectMeta { Name = name, NamespaceProperty = "default", Labels = labels },
                Spec = new ServerlessServiceSpec { Mode = mode, ProtocolType = protocol, NumActivators = activators, ObjectRef = new V1ObjectReference { ApiVersion = "apps/v1", Kind = "Deployment", Name = "hello-deployment" } },
            },
            token);
    }
}
