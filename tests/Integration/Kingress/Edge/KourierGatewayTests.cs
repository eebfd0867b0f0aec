using Knative.Xds.Core.Wire;
using Knative.Xds.Integration.Kingress.Harness;
using Knative.Xds.Integration.Xds;
using Knative.Xds.Kube.Api;
using Knative.Xds.Testing;

namespace Knative.Xds.Integration.Kingress.Edge;

/// <summary>net-kourier's gateway, as its manifests have it, pointed at our server: state of the world, its ports, its readiness probe.</summary>
public sealed class KourierGatewayTests(KourierWorld shared) : IClassFixture<KourierWorld>
{
    private static readonly Dictionary<string, string> Class = new() { [Labels.IngressClass] = Labels.KourierIngressClass };

    [Fact]
    public async Task ReadinessProbe_OnTheLocalListener_IsAnswered()
    {
        await using var ns = await shared.NamespaceAsync();

        Assert.Equal(200, (await ns.Local.GetAsync("internalkourier", "/ready")).Code);
        Assert.Equal(200, (await ns.Local.GetAsync($"internalkourier:{ns.Local.EndPoint.Port}", "/ready")).Code);
        Assert.Equal(404, (await ns.External.GetAsync("internalkourier", "/ready")).Code);
    }

    [Fact]
    public async Task Ingress_BecomesReady_AndIsServedWithItsChangesAndWithoutThemOnceItIsGone()
    {
        await using var ns = await shared.NamespaceAsync();
        await ns.BackendAsync("blue");
        await ns.Http2BackendAsync("green");
        await IngressAsync(ns, "i", new KIngressSpec { Rules = [Spec.External(ns.Host("a"), Spec.All(Spec.To("blue"))), Spec.Local(ns.LocalHosts("inside"), Spec.All(Spec.To("blue")))] });

        Assert.Equal("blue", (await ns.External.GetAsync(ns.Host("a"))).Backend);
        Assert.Equal("blue", (await ns.Local.GetAsync(ns.LocalHosts("inside")[1])).Backend);
        Assert.Equal(404, (await ns.External.GetAsync(ns.LocalHosts("inside")[2])).Code);
        var status = (await ns.FindAsync("i"))!.Status!;
        Assert.Equal("kourier.kourier-system.svc.cluster.local", Assert.Single(status.PublicLoadBalancer!.Ingress!).DomainInternal);
        Assert.Equal("kourier-internal.kourier-system.svc.cluster.local", Assert.Single(status.PrivateLoadBalancer!.Ingress!).DomainInternal);

        await IngressAsync(ns, "i", new KIngressSpec { Rules = [Spec.External(ns.Host("a"), Spec.All(Spec.To("green")))] });
        Assert.Equal(("green", "HTTP/2"), ((await ns.External.GetAsync(ns.Host("a"))).Backend, (await ns.External.GetAsync(ns.Host("a"))).Seen.Protocol));
        await ns.DeleteAsync("i");
        await Eventually.TrueAsync(async () => (await ns.External.GetAsync(ns.Host("a"))).Code == 404, XdsStack.Limit);
    }

    [Fact]
    public async Task Tls_CertificateIsShownReplacedAndRefusedToUnknownNames()
    {
        await using var ns = await shared.NamespaceAsync();
        await ns.BackendAsync("runtime");
        var (old, next) = (TestCertificate.For(ns.Host("a")), TestCertificate.For(ns.Host("a")));
        await ns.SecretAsync("a", old);
        await IngressAsync(ns, "i", new KIngressSpec { HttpOption = "Redirected", Rules = [Spec.External(ns.Host("a"), Spec.All(Spec.To("runtime")))], Tls = [ns.Tls("a", ns.Host("a"))] });

        Assert.Equal("runtime", (await ns.ExternalTls.GetTlsAsync(old, ns.Host("a"))).Backend);
        Assert.Equal(301, (await ns.External.GetAsync(ns.Host("a"))).Code);
        Assert.Null(await TlsStack.HandshakeAsync(ns.ExternalTls.EndPoint, "unknown.example.com"));

        await ns.SecretAsync("a", next);
        await Eventually.TrueAsync(async () => await TlsStack.HandshakeAsync(ns.ExternalTls.EndPoint, ns.Host("a")) == next.Thumbprint, XdsStack.Limit);
    }

    [Fact]
    public async Task ProbeListeners_AnswerWithTheHashOfTheSpec()
    {
        await using var ns = await shared.NamespaceAsync();
        await ns.BackendAsync("runtime");
        var certificate = TestCertificate.For(ns.Host("a"));
        await ns.SecretAsync("a", certificate);
        await IngressAsync(ns, "i", new KIngressSpec { Rules = [Spec.External(ns.Host("a"), Spec.All(Spec.To("runtime")))], Tls = [ns.Tls("a", ns.Host("a"))] });
        using var probe = new GatewayClient($"{shared.Probe}");
        using var tls = new GatewayClient($"{shared.TlsProbe}");
        (string, string)[] headers = [(HeaderNames.NetworkProbe, ProbeValues.Ingress), (HeaderNames.NetworkHash, "override")];

        var plain = await probe.GetAsync(ns.Host("a"), "/healthz", headers);
        var secured = await tls.GetTlsAsync(certificate, ns.Host("a"), "/healthz", headers: headers);

        Assert.Equal((200, 64), (plain.Code, plain[HeaderNames.NetworkHash]!.Length));
        Assert.Equal(plain[HeaderNames.NetworkHash], secured[HeaderNames.NetworkHash]);
    }

    [Fact]
    public async Task IngressesOfOurOwnClass_AreNotServed()
    {
        await using var ns = await shared.NamespaceAsync();
        await ns.BackendAsync("runtime");

        await ns.IngressAsync("foreign", Spec.External(ns.Host("foreign"), Spec.All(Spec.To("runtime"))));
        await IngressAsync(ns, "own", new KIngressSpec { Rules = [Spec.External(ns.Host("own"), Spec.All(Spec.To("runtime")))] });

        Assert.Equal(404, (await ns.External.GetAsync(ns.Host("foreign"))).Code);
        Assert.Null((await ns.FindAsync("foreign"))!.Status);
    }

    [Fact]
    public async Task ServerRestarts_UnderLoad_NoRequestFailsAndChangesArriveAgain()
    {
        await using var ns = await shared.NamespaceAsync();
        await ns.BackendAsync("blue");
        await ns.BackendAsync("green");
        await IngressAsync(ns, "i", new KIngressSpec { Rules = [Spec.External(ns.Host("a"), Spec.All(Spec.To("blue")))] });
        await using var load = new Load(ns.External, ns.Host("a"));

        await shared.World.Server.RestartAsync();
        // Ready means that the gateway is back.
        await IngressAsync(ns, "marker", new KIngressSpec { Rules = [Spec.External(ns.Host("marker"), Spec.All(Spec.To("blue")))] });
        await IngressAsync(ns, "i", new KIngressSpec { Rules = [Spec.External(ns.Host("a"), Spec.All(Spec.To("green")))] });

        await Eventually.TrueAsync(async () => (await ns.External.GetAsync(ns.Host("a"))).Backend == "green", XdsStack.Limit);
        Assert.Empty(await load.StopAsync());
    }

    [Fact]
    public async Task ServiceLeavesWhileThereIsNoServer_UnderLoad_NoRequestFails()
    {
        await using var ns = await shared.NamespaceAsync();
        await ns.BackendAsync("blue");
        await ns.BackendAsync("green");
        await IngressAsync(ns, "i", new KIngressSpec { Rules = [Spec.External(ns.Host("a"), Spec.All(Spec.To("blue")))] });
        await IngressAsync(ns, "other", new KIngressSpec { Rules = [Spec.External(ns.Host("b"), Spec.All(Spec.To("green")))] });
        await using var load = new Load(ns.External, ns.Host("a"));

        await shared.World.Server.StopServerAsync();
        await ns.IngressAsync("i", new KIngressSpec { Rules = [Spec.External(ns.Host("a"), Spec.All(Spec.To("green")))] }, Class);
        await shared.World.Server.RestartAsync();

        await Eventually.TrueAsync(async () => (await ns.External.GetAsync(ns.Host("a"))).Backend == "green", XdsStack.Limit);
        Assert.Empty(await load.StopAsync());
    }

    [Fact]
    public async Task ManyChanges_BeyondTheRateThatTheGatewayKeepsTo_TheLastIsInEffectWhenReady()
    {
        // A gateway of its own: it is slow for some seconds after this.
        await using var world = new KourierWorld();
        await world.InitializeAsync();
        await using var ns = await world.NamespaceAsync();
        await ns.BackendAsync("runtime");
        await IngressAsync(ns, "i", Which(0));
        using var stats = new HttpClient { BaseAddress = new Uri($"http://{world.Stats}") };
        await using var load = new Load(ns.External, ns.Host("a"));

        // Its bootstrap allows it 10 messages a second, and 100 at once.
        var change = 0;
        await Eventually.TrueAsync(
            async () =>
            {
                await ns.IngressAsync("i", Which(++change), Class);
                return change % 10 == 0 && !(await stats.GetStringAsync(new Uri("stats?filter=control_plane.rate_limit_enforced", UriKind.Relative))).TrimEnd().EndsWith(": 0", StringComparison.Ordinal);
            },
            XdsStack.Limit);
        await ns.ReadyAsync("i");

        Assert.Equal($"{change}", (await ns.External.GetAsync(ns.Host("a"))).Seen["Which"]);
        Assert.Empty(await load.StopAsync());

        KIngressSpec Which(int number) => new() { Rules = [Spec.External(ns.Host("a"), Spec.All(Spec.To("runtime").Setting("Which", $"{number}")))] };
    }

    [Fact]
    public async Task StatsListener_AnswersWhatItsManifestAllows()
    {
        await using var ns = await shared.NamespaceAsync();
        using var stats = new HttpClient { BaseAddress = new Uri($"http://{shared.Stats}") };

        Assert.Equal("LIVE\n", await stats.GetStringAsync(new Uri("ready", UriKind.Relative), TestContext.Current.CancellationToken));
        Assert.Contains("envoy_http_downstream_rq_total", await stats.GetStringAsync(new Uri("stats/prometheus", UriKind.Relative), TestContext.Current.CancellationToken), StringComparison.Ordinal);
        using var quit = await stats.PostAsync(new Uri("quitquitquit", UriKind.Relative), null, TestContext.Current.CancellationToken);
        Assert.Equal(System.Net.HttpStatusCode.NotFound, quit.StatusCode);
    }

    private static async Task IngressAsync(TestNamespace ns, string name, KIngressSpec spec)
    {
        await ns.IngressAsync(name, spec, Class);
        await ns.ReadyAsync(name);
        await Eventually.TrueAsync(async () => (await ns.Local.GetAsync(spec.Rules![0].Hosts![0])).Code is 200 or 301, XdsStack.Limit);
    }
}
