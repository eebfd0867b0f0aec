using System.Net;
using k8s.Models;
using Knative.Xds.Integration.Kingress.Harness;
using Knative.Xds.Kube.Api;

namespace Knative.Xds.Integration.Kingress;

/// <summary>How the backends of a split are found.</summary>
public sealed class BackendTests(SharedKingressWorld shared)
{
    [Fact]
    public async Task ServicePortByName_IsFound()
    {
        await using var ns = await shared.NamespaceAsync();
        await ns.BackendAsync("runtime");
        await ns.ReadyAsync("named", Spec.External(ns.Host("named"), Spec.All(Spec.To("runtime", (KIngressPort)"http"))));

        Assert.Equal("runtime", (await ns.External.GetAsync(ns.Host("named"))).Backend);
    }

    [Fact]
    [Defect(6)]
    public async Task Defect06_NamedTargetPort_ComesFromTheEndpoints()
    {
        await using var ns = await shared.NamespaceAsync();
        var backend = await ns.StartAsync("runtime");
        await ns.ServiceAsync("runtime", TestNamespace.Port("web", 8080, "app"));
        await ns.SliceAsync("runtime", backend, ("web", backend.Http1Port));
        await ns.ReadyAsync("target", Spec.External(ns.Host("target"), Spec.All(Spec.To("runtime", (KIngressPort)8080))));

        Assert.Equal("runtime", (await ns.External.GetAsync(ns.Host("target"))).Backend);
    }

    [Fact]
    [Defect(6)]
    public async Task Defect06_PodsWithDifferentPortNumbers_EachIsReachedAtItsOwn()
    {
        await using var ns = await shared.NamespaceAsync();
        var (one, two) = (await ns.StartAsync("one"), await ns.StartAsync("two"));
        await ns.ServiceAsync("pods", TestNamespace.Port("web", 80, "app"));
        await ns.SliceAsync("pods", one, ("web", one.Http1Port));
        await ns.SliceAsync("pods", two, ("web", two.Http1Port));
        await ns.ReadyAsync("pods", Spec.External(ns.Host("pods"), Spec.All(Spec.To("pods"))));

        await BothAnswerAsync(ns, ns.Host("pods"), "one", "two");
    }

    [Fact]
    public async Task UnnamedPorts_AreReached()
    {
        await using var ns = await shared.NamespaceAsync();
        var backend = await ns.StartAsync("runtime");
        await ns.ServiceAsync("runtime", TestNamespace.Port(null, 80));
        await ns.SliceAsync("runtime", backend, (null, backend.Http1Port));
        await ns.ReadyAsync("unnamed", Spec.External(ns.Host("unnamed"), Spec.All(Spec.To("runtime"))));

        Assert.Equal("runtime", (await ns.External.GetAsync(ns.Host("unnamed"))).Backend);
    }

    [Fact]
    [Defect(5)]
    public async Task Defect05_ServiceWithHttpAndHttp2Ports_TheSplitsOwnPortDecides()
    {
        await using var ns = await shared.NamespaceAsync();
        await TwoPortsAsync(ns, "runtime");
        await ns.ReadyAsync("one", Spec.External(ns.Host("one"), Spec.All(Spec.To("runtime", (KIngressPort)"http"))));

        Assert.Equal("HTTP/1.1", (await ns.External.GetAsync(ns.Host("one"))).Seen.Protocol);
    }

    [Fact]
    [Defect(4)]
    public async Task Defect04_TwoUsersOfOneService_EachHasItsPortAndProtocol()
    {
        await using var ns = await shared.NamespaceAsync();
        await TwoPortsAsync(ns, "runtime");
        await ns.ReadyAsync("one", Spec.External(ns.Host("one"), Spec.All(Spec.To("runtime", (KIngressPort)80))));
        await ns.ReadyAsync("two", Spec.External(ns.Host("two"), Spec.All(Spec.To("runtime", (KIngressPort)81))));

        for (var i = 0; i < 5; i++)
        {
            Assert.Equal("HTTP/1.1", (await ns.External.GetAsync(ns.Host("one"))).Seen.Protocol);
            Assert.Equal("HTTP/2", (await ns.External.GetAsync(ns.Host("two"))).Seen.Protocol);
        }
    }

    [Fact]
    public async Task AppProtocolH2c_ReachesTheBackendOverHttp2()
    {
        await using var ns = await shared.NamespaceAsync();
        var backend = await ns.StartAsync("runtime");
        await ns.ServiceAsync("runtime", TestNamespace.Port("grpc", 80, appProtocol: "kubernetes.io/h2c"));
        await ns.SliceAsync("runtime", backend, ("grpc", backend.Http2Port));
        await ns.ReadyAsync("h2c", Spec.External(ns.Host("h2c"), Spec.All(Spec.To("runtime"))));

        Assert.Equal("HTTP/2", (await ns.External.GetAsync(ns.Host("h2c"))).Seen.Protocol);
    }

    [Fact]
    public async Task BackendOnIPv6_IsReached()
    {
        await using var ns = await shared.NamespaceAsync();
        await ns.BackendAsync("six", new BackendOptions { Address = IPAddress.IPv6Loopback });
        await ns.ReadyAsync("six", Spec.External(ns.Host("six"), Spec.All(Spec.To("six"))));

        Assert.Equal("six", (await ns.External.GetAsync(ns.Host("six"))).Backend);
    }

    [Fact]
    public async Task BackendsOnIPv4AndIPv6_BothAreReached()
    {
        await using var ns = await shared.NamespaceAsync();
        await ns.BackendAsync("dual");
        var six = await ns.StartAsync("six", new BackendOptions { Address = IPAddress.IPv6Loopback });
        await ns.SliceAsync("dual", six, ("http", six.Http1Port));
        await ns.ReadyAsync("dual", Spec.External(ns.Host("dual"), Spec.All(Spec.To("dual"))));

        await BothAnswerAsync(ns, ns.Host("dual"), "dual", "six");
    }

    [Fact]
    [Defect(11)]
    public async Task Defect11_OneSplitWithoutEndpoints_TheOthersAnswerAndTheIngressIsReady()
    {
        await using var ns = await shared.NamespaceAsync();
        await ns.BackendAsync("good");
        await ns.ServiceAsync("empty", TestNamespace.Port("http", 80));
        await ns.ReadyAsync("partly", Spec.External(ns.Host("partly"), Spec.Path("/empty", Spec.To("empty")), Spec.All(Spec.To("good"))));

        Assert.Equal("good", (await ns.External.GetAsync(ns.Host("partly"))).Backend);
        Assert.Equal(503, (await ns.External.GetAsync(ns.Host("partly"), "/empty")).Code);
    }

    [Fact]
    [Defect(11)]
    [Trap("no endpoints at all")]
    public async Task Defect11_AllEndpointsVanish_NothingIsSentToWhereTheyWere()
    {
        await using var ns = await shared.NamespaceAsync();
        var backend = await ns.BackendAsync("vanishing");
        await ns.ReadyAsync("vanishing", Spec.External(ns.Host("vanishing"), Spec.All(Spec.To("vanishing"))));
        Assert.Equal(200, (await ns.External.GetAsync(ns.Host("vanishing"))).Code);

        await ns.DropEndpointsAsync("vanishing");
        await Testing.Eventually.TrueAsync(async () => (await ns.External.GetAsync(ns.Host("vanishing"))).Code == 503, Xds.XdsStack.Limit);
        var before = backend.Answers;

        Assert.Equal("no healthy upstream", (await ns.External.GetAsync(ns.Host("vanishing"))).Body);
        Assert.Equal(before, backend.Answers);
        await ns.SliceAsync("vanishing", backend, ("http", backend.Http1Port));
        await Testing.Eventually.TrueAsync(async () => (await ns.External.GetAsync(ns.Host("vanishing"))).Code == 200, Xds.XdsStack.Limit);
    }

    [Fact]
    [Defect(11)]
    public async Task Defect11_NewIngressNamesAServiceThatDoesNotExist_TheOthersAnswerAndItsConditionNamesIt()
    {
        await using var ns = await shared.NamespaceAsync();
        await ns.BackendAsync("good");
        await ns.IngressAsync("missing", Spec.External(ns.Host("missing"), Spec.Path("/gone", Spec.To("gone")), Spec.Path("/port", Spec.To("good", "no-such-port")), Spec.All(Spec.To("good"))));
        var problem = await ns.ConditionAsync("missing", "Ready", "False", "ServiceNotFound");

        await Testing.Eventually.TrueAsync(async () => (await ns.External.GetAsync(ns.Host("missing"))).Code == 200, Xds.XdsStack.Limit);

        Assert.Contains($"spec.rules[0].http.paths[0].splits[0].serviceName: there is no Service {ns.Name}/gone", problem.Message, StringComparison.Ordinal);
        Assert.Contains($"spec.rules[0].http.paths[1].splits[0].servicePort: Service {ns.Name}/good has no port no-such-port", problem.Message, StringComparison.Ordinal);
        foreach (var path in new[] { "/gone", "/port" })
        {
            var answer = await ns.External.GetAsync(ns.Host("missing"), path);
            Assert.Equal((503, "no healthy upstream"), (answer.Code, answer.Body));
        }
    }

    [Fact]
    [Defect(11)]
    public async Task Defect11_ServiceInUseIsDeleted_OnlyItsShareIsLostAndComesBackWithIt()
    {
        await using var ns = await shared.NamespaceAsync();
        await ns.BackendAsync("stays");
        await ns.BackendAsync("deleted");
        await ns.ReadyAsync("losing", Spec.External(ns.Host("losing"), Spec.Path("/deleted", Spec.To("deleted")), Spec.All(Spec.To("stays"))));

        await ns.Api.DeleteAsync<V1Service>(new(ns.Name, "deleted"), CancellationToken.None);
        await ns.ConditionAsync("losing", "Ready", "False", "ServiceNotFound");
        await ns.IngressAsync("losing", Spec.External(ns.Host("losing"), Spec.Path("/deleted", Spec.To("deleted")), Spec.All(Spec.To("stays")).Setting("Version", "next")));

        await Testing.Eventually.TrueAsync(async () => (await ns.External.GetAsync(ns.Host("losing"))).Seen["Version"] == "next", Xds.XdsStack.Limit);
        Assert.Equal(503, (await ns.External.GetAsync(ns.Host("losing"), "/deleted")).Code);

        await ns.ServiceAsync("deleted", TestNamespace.Port("http", 80));
        await ns.ReadyAsync("losing");
        await Testing.Eventually.TrueAsync(async () => (await ns.External.GetAsync(ns.Host("losing"), "/deleted")).Code == 200, Xds.XdsStack.Limit);
    }

    [Fact]
    public async Task ServiceComesLater_TheIngressBecomesReadyByItself()
    {
        await using var ns = await shared.NamespaceAsync();
        await ns.IngressAsync("early", Spec.External(ns.Host("early"), Spec.All(Spec.To("late"))));
        var problem = await ns.ConditionAsync("early", "Ready", "False", "ServiceNotFound");
        Assert.Contains($"spec.rules[0].http.paths[0].splits[0].serviceName: there is no Service {ns.Name}/late", problem.Message, StringComparison.Ordinal);

        await ns.BackendAsync("late");
        await ns.ReadyAsync("early");

        await Testing.Eventually.TrueAsync(async () => (await ns.External.GetAsync(ns.Host("early"))).Code == 200, Xds.XdsStack.Limit);
    }

    [Fact]
    public async Task ExternalNameToARealName_IsResolved()
    {
        await using var ns = await shared.NamespaceAsync();
        var backend = await ns.StartAsync("outside");
        await ns.ServiceAsync("outside", new V1ServiceSpec { Type = "ExternalName", ExternalName = "localhost", Ports = [TestNamespace.Port("http", backend.Http1Port)] });
        await ns.ReadyAsync("outside", Spec.External(ns.Host("outside"), Spec.All(Spec.To("outside", (KIngressPort)backend.Http1Port))));

        var seen = (await ns.External.GetAsync(ns.Host("outside"))).Seen;
        Assert.Equal(("outside", ns.Host("outside")), (seen.Backend, seen.Host));
    }

    private static Task BothAnswerAsync(TestNamespace ns, string host, params string[] names) => Testing.Eventually.TrueAsync(
        async () => (await ns.External.CountAsync(host, 10, seen => seen.Backend)).Keys.Order().SequenceEqual(names),
        Xds.XdsStack.Limit);

    private static async Task TwoPortsAsync(TestNamespace ns, string name)
    {
        var backend = await ns.StartAsync(name);
        await ns.ServiceAsync(name, TestNamespace.Port("http", 80), TestNamespace.Port("http2", 81));
        await ns.SliceAsync(name, backend, ("http", backend.Http1Port), ("http2", backend.Http2Port));
    }
}
