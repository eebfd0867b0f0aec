using Knative.Xds.Core.Wire;
using Knative.Xds.Integration.Kingress.Harness;
using Knative.Xds.Integration.Xds;
using Knative.Xds.Testing;
using Microsoft.AspNetCore.Http;

namespace Knative.Xds.Integration.Kingress;

/// <summary>What a gateway does by itself when pods are gone.</summary>
[Collection(RelayedGateways.Name)]
public sealed class EnvoyFailoverTests(RelayedKingressWorld shared)
{
    [Fact]
    [Trap("no pod at the first priority: the second takes all, without a retry")]
    public async Task LastPodIsTakenOut_NoRequestFails()
    {
        await using var ns = await shared.NamespaceAsync();
        var activator = await ns.StartAsync("activator");
        var pod = await ns.StartAsync("pod");
        await ns.ServiceAsync("rev", TestNamespace.Port("http", 80));
        await ns.ServiceAsync("rev-private", TestNamespace.Port("http", 80));
        await ns.SliceAsync("rev-private", pod, ("http", pod.Http1Port));
        await ns.ActivatorAsync(activator);
        await ns.ServerlessServiceAsync("rev", "Serve");
        await ns.ReadyAsync("rev", Spec.External(ns.Host("rev"), Spec.All(Spec.To("rev"))));
        await Eventually.TrueAsync(async () => (await ns.External.GetAsync(ns.Host("rev"))) is { Code: 200, Backend: "pod" }, XdsStack.Limit);
        await using var load = new Load(ns.External, ns.Host("rev"));

        await ns.DropEndpointsAsync("rev-private");
        await Eventually.TrueAsync(async () => (await ns.External.GetAsync(ns.Host("rev"))).Backend == "activator", XdsStack.Limit);

        Assert.Empty(await load.StopAsync());
    }

    [Fact]
    [Trap("a dead pod that is still listed")]
    public async Task PodIsDeadButListed_AHundredRequestsAtOnce_TheActivatorAnswersAllOfThem()
    {
        await using var ns = await shared.NamespaceAsync();
        var activator = await ns.StartAsync("activator");
        var dead = await ns.StartAsync("dead");
        await ns.ServiceAsync("rev", TestNamespace.Port("http", 80));
        await ns.ServiceAsync("rev-private", TestNamespace.Port("http", 80));
        await ns.SliceAsync("rev-private", dead, ("http", dead.Http1Port));
        await ns.ActivatorAsync(activator);
        await ns.ServerlessServiceAsync("rev", "Serve");
        await ns.ReadyAsync("rev", Spec.External(ns.Host("rev"), Spec.All(Spec.To("rev"))));
        await Eventually.TrueAsync(async () => (await ns.External.GetAsync(ns.Host("rev"))) is { Code: 200, Backend: "dead" }, XdsStack.Limit);

        await dead.StopAsync();
        var answers = await Task.WhenAll(Enumerable.Range(0, 100).Select(_ => ns.External.GetAsync(ns.Host("rev"))));

        Assert.All(answers, answer => Assert.Equal("activator", answer.Backend));
    }

    [Fact]
    public async Task BackendThatNoActivatorAnswersFor_ResetsARequest_IsAskedOnceWhateverTheMethod()
    {
        await using var ns = await shared.NamespaceAsync();
        var backend = await ns.BackendAsync("reset", new BackendOptions { Handler = Reset });
        await ns.ReadyAsync("reset", Spec.External(ns.Host("reset"), Spec.All(Spec.To("reset"))));

        Assert.Equal(503, (await ns.External.GetAsync(ns.Host("reset"))).Code);
        Assert.Equal(503, (await PostAsync(ns, "reset")).Code);
        Assert.Equal(2, backend.Answers);
    }

    /// <summary>A limit of what Envoy can tell: it decides on retries before it has chosen an endpoint.</summary>
    [Fact]
    public async Task PodOfARevision_ResetsARequest_AnActivatorIsAskedAfterItOnceAndOnlyWhereTheMethodAllowsIt()
    {
        await using var ns = await shared.NamespaceAsync();
        var activator = await ns.StartAsync("activator", new BackendOptions { Handler = BadGateway });
        var pod = await ns.StartAsync("pod", new BackendOptions { Handler = Reset });
        await ns.ServiceAsync("rev", TestNamespace.Port("http", 80));
        await ns.ServiceAsync("rev-private", TestNamespace.Port("http", 80));
        await ns.SliceAsync("rev-private", pod, ("http", pod.Http1Port));
        await ns.ActivatorAsync(activator);
        await ns.ServerlessServiceAsync("rev", "Serve");
        await ns.ReadyAsync("rev", Spec.External(ns.Host("rev"), Spec.All(Spec.To("rev").Setting(HeaderNames.RevisionName, "rev"))));
        await Eventually.TrueAsync(async () => (await PostAsync(ns, "rev")).Code == 503 && pod.Answers > 0, XdsStack.Limit);
        var (pods, activators) = (pod.Answers, activator.Answers);

        Assert.Equal(502, (await ns.External.GetAsync(ns.Host("rev"))).Code);
        Assert.Equal((pods + 1, activators + 1), (pod.Answers, activator.Answers));
        Assert.Equal(503, (await PostAsync(ns, "rev")).Code);
        Assert.Equal((pods + 2, activators + 1), (pod.Answers, activator.Answers));
    }

    private static Task<Answer> PostAsync(TestNamespace ns, string host) => ns.External.SendAsync(new HttpRequestMessage(HttpMethod.Post, $"http://{ns.Host(host)}/"));

    private static Task Reset(HttpContext context)
    {
        context.Abort();
        return Task.CompletedTask;
    }

    private static Task BadGateway(HttpContext context)
    {
        context.Response.StatusCode = StatusCodes.Status502BadGateway;
        return Task.CompletedTask;
    }
}
