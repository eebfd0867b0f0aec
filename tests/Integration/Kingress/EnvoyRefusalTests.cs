using System.Net.Security;
using System.Net.Sockets;
using Knative.Xds.ControlPlane.Resources;
using Knative.Xds.ControlPlane.Translation;
using Knative.Xds.Integration.Kingress.Harness;
using Knative.Xds.Integration.Xds;
using Knative.Xds.Kube.Api;
using Knative.Xds.Testing;

namespace Knative.Xds.Integration.Kingress;

/// <summary>What a gateway does with a response of which it refuses a part. Each test has a gateway of its own, that is given everything at once.</summary>
public sealed class EnvoyRefusalTests
{
    [Fact]
    [Trap("of several refused routes the one at fault is found")]
    [Defect(21)]
    public async Task Defect21_EnvoyRefusesOneOfManyRoutes_ItsIngressSaysWhyAndTheOthersAreInEffect()
    {
        await using var world = await KingressWorld.StartServerAsync();
        await using var ns = await IngressesAsync(world, "a", "bad", "c", "d");
        await world.StartRelayedEnvoyAsync(relay => relay.Tamper = response => Tampering.Doubled(response, $"{ns.Name}/bad/external"));

        var refusal = await ns.ConditionAsync("bad", "LoadBalancerReady", "False", "GatewayRefused");
        Assert.Contains("Only unique values for domains are permitted", refusal.Message, StringComparison.Ordinal);
        await AnswerAsync(ns, "a", "c", "d");

        // Envoy took what stood before the bad one, said nothing of what stood behind it, and is asked again in smaller and smaller parts.
        var refused = world.Relay.Nacks.Where(nack => nack.TypeUrl == ResourceType.RouteConfiguration.TypeUrl()).Select(nack => world.Relay.Responses.Single(response => response.Nonce == nack.ResponseNonce)).ToList();
        Assert.True(refused[0].Resources.Count > 1);
        Assert.Equal([$"{ns.Name}/bad/external"], refused[^1].Resources.Select(resource => resource.Name));
        var taken = world.Relay.Responses.Where(world.Relay.IsAcked).SelectMany(response => response.Resources).Select(resource => resource.Name).ToHashSet();
        Assert.All(new[] { "a", "c", "d" }, name => Assert.Contains($"{ns.Name}/{name}/external", taken));

        await ns.ReadyAsync("later", Spec.External(ns.Host("later"), Spec.All(Spec.To("a"))));
        Assert.Equal(200, (await ns.External.GetAsync(ns.Host("later"))).Code);
    }

    [Fact]
    [Trap("a refused assignment takes the good ones of its response along")]
    public async Task EnvoyRefusesOneOfManyAssignments_TheOthersAreInEffect()
    {
        await using var world = await KingressWorld.StartServerAsync();
        await using var ns = await IngressesAsync(world, "a", "bad", "c");

        await world.StartRelayedEnvoyAsync(relay => relay.Tamper = response => Tampering.WithoutName(response, $"{ns.Name}/bad/80"));

        await AnswerAsync(ns, "a", "c");
        var refusal = await ns.ConditionAsync("bad", "LoadBalancerReady", "False", "GatewayRefused");
        Assert.Contains("not-an-address", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    [Trap("a refused cluster does not stop the good ones of its response")]
    public async Task EnvoyRefusesOneOfManyClusters_TheOthersAreInEffect()
    {
        await using var world = await KingressWorld.StartServerAsync();
        await using var ns = await IngressesAsync(world, "a", "bad", "c");

        await world.StartRelayedEnvoyAsync(relay => relay.Tamper = response => Tampering.WithoutSource(response, $"{ns.Name}/bad/80"));

        await AnswerAsync(ns, "a", "c");
        var refusal = await ns.ConditionAsync("bad", "LoadBalancerReady", "False", "GatewayRefused");
        Assert.Contains("EDS config", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    [Trap("of a refused change of a cluster the last good one stays")]
    public async Task EnvoyRefusesAChangeOfACluster_ItsIngressSaysWhyAndTheLastGoodOneIsUsed()
    {
        await using var world = await KingressWorld.StartRelayedAsync();
        await using var ns = await world.NamespaceAsync();
        await ns.BackendAsync("a");
        await ns.BackendAsync("b");
        await ns.ReadyAsync("a", Spec.External(ns.Host("a"), Spec.All(Spec.To("a"))));
        await ns.ReadyAsync("b", Spec.External(ns.Host("b"), Spec.All(Spec.To("b"))));
        await using var load = new Load(ns.External, ns.Host("a"));
        world.Relay.Tamper = response => Tampering.WithoutSource(response, $"{ns.Name}/a/80");

        await ns.ServiceAsync("a", TestNamespace.Port("http", 80, appProtocol: "kubernetes.io/h2c"));

        var refusal = await ns.ConditionAsync("a", "LoadBalancerReady", "False", "GatewayRefused");
        Assert.Contains("EDS config", refusal.Message, StringComparison.Ordinal);
        Assert.Equal(200, (await ns.External.GetAsync(ns.Host("a"))).Code);
        await AnswerAsync(ns, "b");
        Assert.Empty(await load.StopAsync());
    }

    [Fact]
    public async Task EnvoyRefusesOneOfManyScopes_ItsIngressSaysWhyAndTheOthersAreInEffect()
    {
        await using var world = await KingressWorld.StartServerAsync();
        await using var ns = await IngressesAsync(world, "a", "bad", "c");

        await world.StartRelayedEnvoyAsync(relay => relay.Tamper = response => Tampering.WithoutKey(response, ScopeOf(ns, "bad")));

        var refusal = await ns.ConditionAsync("bad", "LoadBalancerReady", "False", "GatewayRefused");
        Assert.Contains("Key: value is required", refusal.Message, StringComparison.Ordinal);
        await AnswerAsync(ns, "a", "c");
        await ns.ReadyAsync("later", Spec.External(ns.Host("later"), Spec.All(Spec.To("a"))));
        Assert.Equal(200, (await ns.External.GetAsync(ns.Host("later"))).Code);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task EnvoyRefusesACertificate_ItsIngressSaysWhyUntilThereIsAnother(bool upperCase)
    {
        await using var world = await KingressWorld.StartServerAsync();
        await using var ns = await IngressesAsync(world, "bad", "good");
        await world.StartRelayedEnvoyAsync();
        var (first, second, good) = (TestCertificate.For(ns.Host("bad")), TestCertificate.For(ns.Host("bad")), TestCertificate.For(ns.Host("good")));
        await CertifyAsync(ns, "bad", first);
        await CertifyAsync(ns, "good", good);
        var asked = upperCase ? ns.Host("bad").ToUpperInvariant() : ns.Host("bad");
        world.Relay.Tamper = response => Tampering.WithForeignKey(response, asked);

        await Assert.ThrowsAnyAsync<Exception>(() => ShakeHandsAsync(ns, first, asked));

        var refusal = await ns.ConditionAsync("bad", "LoadBalancerReady", "False", "GatewayRefused");
        Assert.Contains("Failed to load private key", refusal.Message, StringComparison.Ordinal);
        Assert.True(AdsRelay.Has(world.Relay.Responses.Single(response => world.Relay.Nacks.Any(nack => world.Relay.Answers(nack, response))), ResourceType.Secret, asked));
        Assert.Equal(200, (await ns.External.GetAsync(ns.Host("bad"))).Code);
        Assert.Equal(200, (await ns.ExternalTls.GetTlsAsync(good, ns.Host("good"))).Code);

        world.Relay.Tamper = response => response;
        await ns.SecretAsync("bad", second);
        await ns.ReadyAsync("bad");
        await ShakeHandsAsync(ns, second, asked);
        Assert.Equal(200, (await ns.ExternalTls.GetTlsAsync(second, ns.Host("bad"))).Code);
    }

    private static string ScopeOf(TestNamespace ns, string ingress) => GatewayNames.Scope(GatewayNames.External, ns.Host(ingress));

    private static async Task CertifyAsync(TestNamespace ns, string name, TestCertificate certificate)
    {
        await ns.SecretAsync(name, certificate);
        await ns.IngressAsync(name, new KIngressSpec { HttpOption = "Enabled", Rules = [Spec.External(ns.Host(name), Spec.All(Spec.To(name)))], Tls = [ns.Tls(name, ns.Host(name))] });
        await ns.ReadyAsync(name);
    }

    /// <summary>A TLS handshake that asks for exactly this server name, in its letter case, and takes one certificate alone.</summary>
    private static async Task ShakeHandsAsync(TestNamespace ns, TestCertificate certificate, string name)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        using var client = new TcpClient();
        await client.ConnectAsync(ns.ExternalTls.EndPoint, limit.Token);
        await using var tls = new SslStream(client.GetStream());
        await tls.AuthenticateAsClientAsync(new SslClientAuthenticationOptions { TargetHost = name, RemoteCertificateValidationCallback = (_, shown, _, _) => shown?.GetCertHashString() == certificate.Thumbprint }, limit.Token);
    }

    /// <summary>A namespace with an ingress of each name, and a backend and a host of the same, known to the server.</summary>
    private static async Task<TestNamespace> IngressesAsync(KingressWorld world, params string[] names)
    {
        var ns = await world.NamespaceAsync();
        foreach (var name in names)
        {
            await ns.BackendAsync(name);
            await ns.IngressAsync(name, Spec.External(ns.Host(name), Spec.All(Spec.To(name))));
        }

        await ns.ConditionAsync(names[^1], "LoadBalancerReady", "Unknown", "Uninitialized");
        return ns;
    }

    private static async Task AnswerAsync(TestNamespace ns, params string[] names)
    {
        foreach (var name in names)
        {
            await Eventually.TrueAsync(async () => (await ns.External.GetAsync(ns.Host(name))).Code == 200, XdsStack.Limit);
            await ns.ReadyAsync(name);
        }
    }
}
