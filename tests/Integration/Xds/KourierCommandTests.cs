using Knative.Xds.Core.Wire;
using Knative.Xds.Integration.Kingress.Harness;
using Knative.Xds.Kube.Api;
using Knative.Xds.Testing;

namespace Knative.Xds.Integration.Xds;

/// <summary>What <c>kxds</c> shows of net-kourier's gateway, whose versions are those of whole responses.</summary>
public sealed class KourierCommandTests(KourierWorld shared) : IClassFixture<KourierWorld>
{
    private const string Gateway = "3scale-kourier-gateway";
    private static readonly Dictionary<string, string> Class = new() { [Labels.IngressClass] = Labels.KourierIngressClass };

    [Fact]
    public async Task Diff_OfTheEnvoyItself_AfterChanges_NothingDiffers()
    {
        await using var ns = await shared.NamespaceAsync();
        await ns.BackendAsync("blue");
        await ns.BackendAsync("green");
        var certificate = TestCertificate.For(ns.Host("a"));
        await ns.SecretAsync("a", certificate);
        await IngressAsync(ns, "a", "blue", "one", ns.Tls("a", ns.Host("a")));
        await IngressAsync(ns, "b", "blue", "one");
        Assert.Equal(certificate.Thumbprint, await TlsStack.HandshakeAsync(ns.ExternalTls.EndPoint, ns.Host("a")));
        // Each is one response more, with the resources that changed.
        await IngressAsync(ns, "b", "green", "two");
        var envoy = $"{await shared.World.Envoy.AdminAsync()}";

        await NothingDiffersAsync("diff", Gateway);
        await NothingDiffersAsync("diff", Gateway, "--envoy", envoy);
        await NothingDiffersAsync("diff", "--envoy", envoy);
    }

    private async Task NothingDiffersAsync(params string[] command)
    {
        var answer = (Code: 0, Output: "", Error: "");
        try
        {
            await Eventually.TrueAsync(
                async () => (answer = await KxdsProcess.RunAsync(null, [.. command, "--xds-server", $"{shared.World.Server.Admin}"])) == (0, "Nothing differs.\n", ""),
                TimeSpan.FromSeconds(30));
        }
        catch (TimeoutException late)
        {
            throw new TimeoutException($"{answer.Code}: {answer.Error}{answer.Output}", late);
        }
    }

    private static async Task IngressAsync(TestNamespace ns, string name, string backend, string which, params KIngressTls[] tls)
    {
        await ns.IngressAsync(name, new KIngressSpec { Rules = [Spec.External(ns.Host(name), Spec.All(Spec.To(backend)).Setting("Which", which))], Tls = [.. tls] }, Class);
        await ns.ReadyAsync(name);
        await Eventually.TrueAsync(async () => await ns.External.GetAsync(ns.Host(name)) is { Code: 200 } answer && answer.Seen["Which"] == which, XdsStack.Limit);
    }
}
