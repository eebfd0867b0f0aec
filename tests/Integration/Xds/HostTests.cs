using System.Net;
using System.Net.Sockets;
using System.Text;
using Knative.Xds.Core.Model;
using Knative.Xds.Integration.Kingress.Harness;
using Knative.Xds.Kube.Api;
using Knative.Xds.Kube.Projections;
using Knative.Xds.Testing.Gateways;

namespace Knative.Xds.Integration.Xds;

/// <summary>Hosts in every spelling, wildcards, and the hash that probes get, through the real Envoy.</summary>
public sealed class HostTests(EnvoyStack stack) : IClassFixture<EnvoyStack>
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("spelled.example.com")]
    [InlineData("SPELLED.Example.com")]
    [InlineData("spelled.example.com:8080")]
    [InlineData("Spelled.example.com:80")]
    [InlineData("spelled.example.com.")]
    [InlineData("SPELLED.example.com.:443")]
    public async Task Host_InEverySpelling_IsServed(string host)
    {
        stack.Need();
        await stack.Server.IngressAsync("spelled", new KIngressSpec { Rules = [XdsStack.Rule("svc-a", "ExternalIP", "Spelled.Example.com")] });
        await stack.Server.ConditionAsync("spelled", "Ready", "True");

        Assert.StartsWith("HTTP/1.1 200", await AskAsync(host), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Wildcard_ServesOneLabel_AndExactHostsComeFirst()
    {
        stack.Need();
        var exact = XdsStack.Rule("svc-b", "ExternalIP", "exact.wild.example.com");
        exact.Http!.Paths![0].Path = "/only";
        await stack.Server.IngressAsync("wild-exact", new KIngressSpec { Rules = [exact] });
        await stack.Server.IngressAsync("wild", new KIngressSpec { Rules = [XdsStack.Rule("svc-a", "ExternalIP", "*.wild.example.com")] });
        await stack.Server.ConditionAsync("wild-exact", "Ready", "True");
        await stack.Server.ConditionAsync("wild", "Ready", "True");

        Assert.Equal((200, "a"), await stack.Gateway.GetAsync("any.wild.example.com"));
        Assert.StartsWith("HTTP/1.1 200", await AskAsync("ANY.wild.example.com:8080"), StringComparison.Ordinal);
        Assert.Equal(404, (await stack.Gateway.GetAsync("two.labels.wild.example.com")).Code);
        Assert.Equal(404, (await stack.Gateway.GetAsync("wild.example.com")).Code);
        // A path that the exact host lacks is not the wildcard's.
        Assert.Equal(404, (await stack.Gateway.GetAsync("exact.wild.example.com")).Code);
        Assert.StartsWith("HTTP/1.1 200", await AskAsync("exact.wild.example.com", "/only"), StringComparison.Ordinal);
    }

    [Fact]
    [Trap("wildcards that come and go touch no listener")]
    public async Task Wildcard_ComesAndGoes_NoListenerChanges()
    {
        stack.Need();
        await stack.Server.IngressAsync("passing", new KIngressSpec { Rules = [XdsStack.Rule("svc-a", "ExternalIP", "*.passing.example.com")] });
        await stack.Server.ConditionAsync("passing", "Ready", "True");
        Assert.Equal((200, "a"), await stack.Gateway.GetAsync("x.passing.example.com"));

        await stack.Server.Client.DeleteAsync<KIngress>(new ObjectKey(XdsStack.Namespace, "passing"), Cancel);
        await Testing.Eventually.TrueAsync(async () => (await stack.Gateway.GetAsync("x.passing.example.com")).Code == 404, XdsStack.Limit);

        using var http = new HttpClient();
        Assert.Contains("listener_manager.lds.update_success: 1", await http.GetStringAsync(new Uri(await stack.Gateway.AdminAsync(), "stats?filter=lds.update_success"), Cancel), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("probed.example.com")]
    [InlineData("PROBED.example.com")]
    [InlineData("x.probed.example.com")]
    public async Task Probe_WithOverride_ArrivesWithTheHashOfTheSpec(string host)
    {
        stack.Need();
        await stack.Server.IngressAsync("probed", new KIngressSpec { Rules = [XdsStack.Rule("svc-a", "ExternalIP", "probed.example.com", "*.probed.example.com")] });
        await stack.Server.ConditionAsync("probed", "Ready", "True");
        var ingress = (await stack.Server.Client.FindAsync<KIngress>(new ObjectKey(XdsStack.Namespace, "probed"), Cancel))!;
        var hash = IngressProjection.Project(ingress).Value!.Hash;

        await AskAsync(host, "/", "K-Network-Hash: override");
        Assert.Equal(hash, stack.A.Hashes.Last());
        await AskAsync(host, "/", "K-Network-Hash: 0123");
        Assert.Equal("0123", stack.A.Hashes.Last());
        await AskAsync(host, "/");
        Assert.Null(stack.A.Hashes.Last());
    }

    [Fact]
    [Trap("headers that scopes are found by")]
    public async Task KeyHeaders_FromAClient_ChangeNothingAndReachNoBackend()
    {
        stack.Need();
        await stack.Server.IngressAsync("inside", new KIngressSpec { Rules = [XdsStack.Rule("svc-a", "ClusterLocal", "inside.default.svc.cluster.local")] });
        await stack.Server.IngressAsync("outside", new KIngressSpec { Rules = [XdsStack.Rule("svc-a", "ExternalIP", "outside.example.com")] });
        await stack.Server.ConditionAsync("inside", "Ready", "True");
        await stack.Server.ConditionAsync("outside", "Ready", "True");

        Assert.StartsWith("HTTP/1.1 404", await AskAsync("unknown.example.com", "/", "x-kxds-host: inside.default.svc.cluster.local\r\nx-kxds-visibility: local"), StringComparison.Ordinal);
        Assert.StartsWith("HTTP/1.1 200", await AskAsync("outside.example.com", "/", "x-kxds-host: unknown.example.com"), StringComparison.Ordinal);
        Assert.DoesNotContain(stack.A.HeaderNames.Last(), name => name.StartsWith("x-kxds-", StringComparison.OrdinalIgnoreCase));
    }

    /// <summary>One request with exactly this Host header; the whole answer.</summary>
    private async Task<string> AskAsync(string host, string path = "/", string? header = null)
    {
        using var socket = await FixedEndPoint.ConnectAsync(IPEndPoint.Parse(stack.External), Cancel);
        await using var stream = new NetworkStream(socket);
        await stream.WriteAsync(Encoding.ASCII.GetBytes($"GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n{(header is null ? "" : header + "\r\n")}\r\n"), Cancel);
        using var reader = new StreamReader(stream);
        return await reader.ReadToEndAsync(Cancel);
    }
}
