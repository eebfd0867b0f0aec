using System.Net;
using System.Net.Sockets;
using System.Net.WebSockets;
using System.Text;
using System.Text.Json;
using Knative.Xds.Core.Model;
using Knative.Xds.Testing;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using static Knative.Xds.Sandbox.Tests.Gateway.Ingresses;

namespace Knative.Xds.Sandbox.Tests.Gateway;

/// <summary>What clients see is the same behind the embedded gateway and behind a real Envoy.</summary>
public sealed class GatewayContractTests
{
    private const string Host = "hello.example.com";

    public static TheoryData<string> Kinds => [GatewayUnderTest.Embedded, GatewayUnderTest.Envoy];

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task Request_ToAKnownHost_ArrivesWithTheHeadersOfItsPathAndSplit(string kind)
    {
        await using var pod = await Backend.StartAsync("pod");
        await using var world = new GatewayWorld();
        world.AddRevision("hello-00001", [pod.Address], []);
        await world.StartAsync(kind, Of("hello", Public(Host, To("hello-00001") with { AppendHeaders = Headers(("X-Path", "100% mine"), ("knative-serving-revision", "of-the-path")) })));
        await world.ServesAsync(Host);

        var (_, answer) = await world.GetAsync($"{Host}:8080", "/a%2Fb/./c?x=%20y", adjust: request =>
        {
            request.Headers.Add("Knative-Serving-Revision", "spoofed");
            request.Headers.Add("K-Proxy-Request", "activator");
            request.Headers.Add("x-kxds-visibility", "local");
            request.Headers.Add("X-Path", "client");
            request.Headers.Add("X-Forwarded-For", "10.9.9.9");
        });

        Assert.Equal("hello-00001", answer!.Headers["Knative-Serving-Revision"]);
        Assert.Equal("default", answer.Headers["Knative-Serving-Namespace"]);
        Assert.Equal("100% mine", answer.Headers["X-Path"]);
        Assert.DoesNotContain("K-Proxy-Request", answer.Headers.Keys, StringComparer.OrdinalIgnoreCase);
        Assert.DoesNotContain("x-kxds-visibility", answer.Headers.Keys, StringComparer.OrdinalIgnoreCase);
        // Envoy names an address of its machine in place of a client on loopback.
        Assert.StartsWith("10.9.9.9,", answer.Headers["X-Forwarded-For"], StringComparison.Ordinal);
        Assert.Equal($"{Host}:8080", answer.Host);
        Assert.Equal("/a%2Fb/c?x=%20y", answer.Target);
        Assert.Empty(world.Xds.Nacks);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task Host_InAnyCaseAndWithATrailingDot_IsFound(string kind)
    {
        await using var pod = await Backend.StartAsync("pod");
        await using var world = new GatewayWorld();
        world.AddRevision("hello-00001", [pod.Address], []);
        await world.StartAsync(kind, Of("hello", Public(Host, To("hello-00001"))));
        await world.ServesAsync(Host);

        Assert.Equal(HttpStatusCode.OK, (await world.GetAsync("Hello.EXAMPLE.com")).Status);
        Assert.Equal(HttpStatusCode.OK, (await world.GetAsync("hello.example.com.")).Status);
        Assert.Equal(HttpStatusCode.OK, (await world.GetAsync("HELLO.example.com:80")).Status);
        Assert.Equal(HttpStatusCode.NotFound, (await world.GetAsync("other.example.com")).Status);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task Host_OfTheCluster_IsServedOnTheLocalListenerAlone(string kind)
    {
        await using var pod = await Backend.StartAsync("pod");
        await using var world = new GatewayWorld();
        world.AddRevision("hello-00001", [pod.Address], []);
        await world.StartAsync(kind, Of("hello", Private("hello.default.svc.cluster.local", To("hello-00001")), Public(Host, To("hello-00001"))));
        await world.ServesAsync(Host);

        await world.ServesAsync("hello.default", world.Local);
        await world.ServesAsync("hello.default.svc", world.Local);
        await world.ServesAsync("hello.default.svc.cluster.local", world.Local);
        await world.ServesAsync(Host, world.Local);
        Assert.Equal(HttpStatusCode.NotFound, (await world.GetAsync("hello.default.svc.cluster.local")).Status);
        Assert.Equal(HttpStatusCode.NotFound, (await world.GetAsync("hello.default", adjust: request => request.Headers.Add("x-kxds-visibility", "local"))).Status);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task Paths_AndHeaders_ChooseTheLongestPrefixThenTheFirst(string kind)
    {
        await using var pod = await Backend.StartAsync("pod");
        await using var world = new GatewayWorld();
        foreach (var name in new[] { "other", "foo", "foobar", "tagged" })
        {
            world.AddRevision(name, [pod.Address], []);
        }

        await world.StartAsync(kind, Of("hello", Public(
            Host,
            To("tagged") with { Headers = Headers(("Knative-Serving-Tag", "blue")) },
            To("other"),
            To("foo") with { Path = "/foo" },
            To("foobar") with { Path = "/foo/bar" })));
        await world.ServesAsync(Host);

        Assert.Equal("other", await RevisionOfAsync(world, "/"));
        Assert.Equal("foo", await RevisionOfAsync(world, "/foo/baz"));
        Assert.Equal("foobar", await RevisionOfAsync(world, "/foo/bar/baz"));
        Assert.Equal("tagged", await RevisionOfAsync(world, "/", "blue"));
        Assert.Equal("other", await RevisionOfAsync(world, "/", "red"));
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task Splits_GetTheirShares(string kind)
    {
        await using var pod = await Backend.StartAsync("pod");
        await using var world = new GatewayWorld();
        foreach (var name in new[] { "most", "some", "none" })
        {
            world.AddRevision(name, [pod.Address], []);
        }

        await world.StartAsync(kind, Of("hello", Public(Host, To(("most", 70), ("some", 30), ("none", 0)))));
        await world.ServesAsync(Host);

        var counts = new Dictionary<string, int>();
        for (var i = 0; i < 300; i++)
        {
            var revision = await RevisionOfAsync(world, "/");
            counts[revision] = counts.GetValueOrDefault(revision) + 1;
        }

        Assert.Equal(["most", "some"], counts.Keys.Order());
        Assert.InRange(counts["some"], 45, 140);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task Pod_ThatDoesNotListen_IsReplacedByTheActivator(string kind)
    {
        await using var activator = await Backend.StartAsync("activator");
        await using var world = new GatewayWorld();
        world.AddRevision("hello-00001", [Unused()], [activator.Address]);
        await world.StartAsync(kind, Of("hello", Public(Host, To("hello-00001"))));
        await world.ServesAsync(Host);

        using var request = new HttpRequestMessage(HttpMethod.Post, world.External) { Content = new StringContent("kept") };
        request.Headers.Host = Host;
        using var response = await world.SendAsync(request);
        var answer = JsonSerializer.Deserialize<BackendAnswer>(await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));

        Assert.Equal("activator", answer!.Name);
        Assert.Equal("kept", answer.Body);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task Revision_WithoutPods_IsServedByTheActivatorAndWithNeitherUnavailable(string kind)
    {
        await using var activator = await Backend.StartAsync("activator");
        await using var world = new GatewayWorld();
        world.AddRevision("hello-00001", [], [activator.Address]);
        var ingress = Of("hello", Public(Host, To("hello-00001")));
        await world.StartAsync(kind, ingress);

        await world.ServesAsync(Host);
        world.AddRevision("hello-00001", [], []);
        await world.PublishAsync(ingress);

        await world.BecomesAsync(Host, HttpStatusCode.ServiceUnavailable);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task Upstream_WithPortHttp2_IsSpokenToInHttp2(string kind)
    {
        await using var pod = await Backend.StartAsync("pod", HttpProtocols.Http2);
        await using var world = new GatewayWorld();
        world.AddRevision("hello-00001", [pod.Address], [], "http2");
        await world.StartAsync(kind, Of("hello", Public(Host, To("hello-00001"))));
        await world.ServesAsync(Host);

        var (_, answer) = await world.GetAsync(Host, adjust: request =>
        {
            request.Version = HttpVersion.Version20;
            request.VersionPolicy = HttpVersionPolicy.RequestVersionExact;
        });

        Assert.Equal("HTTP/2", answer!.Protocol);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task Services_ThatDoNotExist_CostTheirSharesAlone(string kind)
    {
        await using var pod = await Backend.StartAsync("pod");
        await using var world = new GatewayWorld();
        world.AddRevision("hello-00001", [pod.Address], []);
        await world.StartAsync(kind, Of("hello", Public(Host, To(("gone", 60), ("lost", 40)) with { Path = "/gone" }, To(("hello-00001", 50), ("gone", 50)) with { Path = "/half" }, To("hello-00001"))));
        await world.ServesAsync(Host);

        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await world.GetAsync(Host, "/gone")).Status);
        var half = await Task.WhenAll(Enumerable.Range(0, 40).Select(_ => world.GetAsync(Host, "/half")));
        Assert.Equal([HttpStatusCode.OK, HttpStatusCode.ServiceUnavailable], half.Select(answer => answer.Status).Distinct().Order());
        Assert.Empty(world.Xds.Nacks);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task ExternalName_WithRewrittenHost_IsReachedByDns(string kind)
    {
        await using var other = await Backend.StartAsync("other");
        await using var world = new GatewayWorld();
        world.AddExternalName("outside", "localhost", other.Address.Port);
        var path = new IngressPath
        {
            RewriteHost = "inner.default.svc.cluster.local",
            Splits = [new IngressSplit { Service = new("default", "outside"), Port = ServicePortRef.Of(other.Address.Port), Percent = 100 }],
        };
        await world.StartAsync(kind, Of("vanity", Public(Host, path)));
        await world.ServesAsync(Host);

        var (_, answer) = await world.GetAsync(Host);

        Assert.Equal("inner.default.svc.cluster.local", answer!.Host);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task WebSocket_ThroughTheGateway_Echoes(string kind)
    {
        await using var pod = await Backend.StartAsync("pod");
        await using var world = new GatewayWorld();
        world.AddRevision("hello-00001", [pod.Address], []);
        await world.StartAsync(kind, Of("hello", Public(Host, To("hello-00001"))));
        await world.ServesAsync(Host);

        using var socket = new ClientWebSocket();
        socket.Options.SetRequestHeader("Host", Host);
        await socket.ConnectAsync(new UriBuilder(world.External) { Scheme = "ws" }.Uri, TestContext.Current.CancellationToken);
        await socket.SendAsync("ping"u8.ToArray(), WebSocketMessageType.Text, true, TestContext.Current.CancellationToken);
        var buffer = new byte[16];
        var received = await socket.ReceiveAsync(buffer, TestContext.Current.CancellationToken);

        Assert.Equal("ping", Encoding.UTF8.GetString(buffer, 0, received.Count));
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task Ingress_Redirected_AnswersWithTheSecureAddress(string kind)
    {
        await using var pod = await Backend.StartAsync("pod");
        await using var world = new GatewayWorld();
        world.AddRevision("hello-00001", [pod.Address], []);
        // Only a host with a certificate is redirected: the others have no secure address.
        await world.StartAsync(kind, Of("hello", Public(Host, To("hello-00001"))) with { HttpOption = HttpOption.Redirected, Tls = [new IngressTls([Host], GatewayWorld.Certificate)] });
        await world.BecomesAsync(Host, HttpStatusCode.MovedPermanently);

        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(world.External, "/a?b=c"));
        request.Headers.Host = Host;
        using var response = await world.SendAsync(request);

        Assert.Equal($"https://{Host}/a?b=c", response.Headers.Location!.OriginalString);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task Ingresses_ThatChangeAndGo_TakeEffectWhileRunning(string kind)
    {
        await using var pod = await Backend.StartAsync("pod");
        await using var world = new GatewayWorld();
        world.AddRevision("one", [pod.Address], []);
        world.AddRevision("two", [pod.Address], []);
        await world.StartAsync(kind, Of("hello", Public(Host, To("one"))));
        await world.ServesAsync(Host);

        await world.PublishAsync(Of("hello", Public(Host, To("two"))), Of("later", Public("later.example.com", To("one"))));
        await world.ServesAsync("later.example.com");
        await Eventually.TrueAsync(async () => await RevisionOfAsync(world, "/") == "two", TimeSpan.FromSeconds(30));
        await world.PublishAsync(Of("hello", Public(Host, To("two"))));
        await world.BecomesAsync("later.example.com", HttpStatusCode.NotFound);

        Assert.Equal("two", await RevisionOfAsync(world, "/"));
        Assert.Empty(world.Xds.Nacks);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task Header_WithAnUnderscore_IsRefusedOutsideAndTakenInside(string kind)
    {
        await using var pod = await Backend.StartAsync("pod");
        await using var world = new GatewayWorld();
        world.AddRevision("hello-00001", [pod.Address], []);
        await world.StartAsync(kind, Of("hello", Public(Host, To("hello-00001"))));
        await world.ServesAsync(Host);
        await world.ServesAsync(Host, world.Local);

        Assert.Equal(HttpStatusCode.BadRequest, (await world.GetAsync(Host, adjust: request => request.Headers.Add("a_b", "c"))).Status);
        Assert.Equal(HttpStatusCode.OK, (await world.GetAsync(Host, through: world.Local, adjust: request => request.Headers.Add("a_b", "c"))).Status);
    }

    private static async Task<string> RevisionOfAsync(GatewayWorld world, string path, string? tag = null)
    {
        var (status, answer) = await world.GetAsync(Host, path, adjust: request => request.Headers.TryAddWithoutValidation("Knative-Serving-Tag", tag ?? "none"));
        Assert.Equal(HttpStatusCode.OK, status);
        return answer!.Headers["Knative-Serving-Revision"];
    }

    /// <summary>An address where nobody listens, nor will: it was free a moment ago and on an address of its own.</summary>
    private static IPEndPoint Unused()
    {
        using var listener = new TcpListener(IPAddress.Parse("127.3.3.3"), 0);
        listener.Start();
        return (IPEndPoint)listener.LocalEndpoint;
    }
}
