using System.Net;
using Knative.Xds.Activation.Configuration;
using Knative.Xds.Activator.Tests.Fakes;
using Knative.Xds.Core.Model;
using Knative.Xds.Core.Networking;
using Knative.Xds.Core.Wire;
using Knative.Xds.Testing;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;

namespace Knative.Xds.Activator.Tests.Serving;

/// <summary>Upstream's rows on handlers, over sockets.</summary>
public sealed class HandlerRowTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task H5_QueueFull_Is503WithTheText()
    {
        await using var activator = await TestActivator.StartAsync(options => options.MaxWaitingPerRevision = 1);
        activator.AddRevision();
        _ = activator.Client.GetAsync("/", TestContext.Current.CancellationToken);
        await Eventually.TrueAsync(() => activator.State.Waiting == 1);

        Assert.Equal((HttpStatusCode.ServiceUnavailable, "pending request queue full\n"), await GetAsync(activator));
    }

    [Fact]
    public async Task H5_RevisionGoesWhileARequestWaits_Is500AndEmpty()
    {
        await using var activator = await TestActivator.StartAsync();
        activator.AddRevision();
        var waiting = GetAsync(activator);
        await Eventually.TrueAsync(() => activator.State.Waiting == 1);

        activator.Revisions.Remove(TestActivator.Revision);

        Assert.Equal((HttpStatusCode.InternalServerError, ""), await waiting.Within(Limit));
        Assert.Equal(HttpStatusCode.NotFound, (await GetAsync(activator)).Status);
    }

    [Fact]
    public async Task H5_BackendError_Is502WithItsText()
    {
        await using var pod = await FakePod.StartAsync(context =>
        {
            context.Abort();
            return Task.CompletedTask;
        });
        await using var activator = await StartAsync(pod);

        using var response = await activator.Client.PostAsync("/", new StringContent("x"), TestContext.Current.CancellationToken);

        Assert.Equal(HttpStatusCode.BadGateway, response.StatusCode);
        Assert.Equal("text/plain; charset=utf-8", response.Content.Headers.ContentType?.ToString());
        Assert.DoesNotContain("An error occurred", await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("GET", "the response is no HTTP/1.1\n")]
    [InlineData("POST", "Received an invalid status line: 'nonsense'.\n")]
    public async Task H5_PodSaysNonsense_Is502WithTheReason(string method, string expected)
    {
        await using var pod = ScriptedPod.Saying("nonsense\r\n\r\n");
        await using var activator = await TestActivator.StartAsync();
        activator.AddRevision();
        activator.SetPods(pod.Endpoint);
        using var request = new HttpRequestMessage(new HttpMethod(method), "/") { Content = method == "POST" ? new StringContent("x") : null };

        using var response = await activator.Client.SendAsync(request, TestContext.Current.CancellationToken);

        Assert.Equal((HttpStatusCode.BadGateway, expected), (response.StatusCode, await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken)));
    }

    [Fact]
    public async Task H6_ProxiedRequest_CarriesTheActivatorsHeadersAndNotTheRevisions()
    {
        IHeaderDictionary? seen = null;
        await using var pod = await FakePod.StartAsync(context => Keep(context, out seen));
        await using var activator = await StartAsync(pod);

        await GetAsync(activator, ("Host", "real.example.com"));

        Assert.Equal(["activator", "real.example.com", $"127.0.0.1:{pod.Port}"], new[] { seen![HeaderNames.ProxyRequest].ToString(), seen[HeaderNames.OriginalHost].ToString(), seen.Host.ToString() });
        Assert.DoesNotContain(seen.Keys, name => name.StartsWith("Knative-Serving-", StringComparison.OrdinalIgnoreCase));
    }

    [Fact]
    public async Task H6_OriginalHostIsThere_StaysAsItIs()
    {
        IHeaderDictionary? seen = null;
        await using var pod = await FakePod.StartAsync(context => Keep(context, out seen));
        await using var activator = await StartAsync(pod);

        await GetAsync(activator, (HeaderNames.OriginalHost, "first.example.com"));

        Assert.Equal("first.example.com", seen![HeaderNames.OriginalHost]);
    }

    // Each of them is forwarded by other code.
    [Theory]
    [InlineData(1, "GET")]
    [InlineData(1, "POST")]
    [InlineData(2, "GET")]
    [InlineData(2, "POST")]
    public async Task H6_Passthrough_NamesThePrivateServiceInRequestsAndProbes(int version, string method)
    {
        var hosts = new System.Collections.Concurrent.ConcurrentQueue<string>();
        await using var pod = await FakePod.StartAsync(
            context =>
            {
                hosts.Enqueue(PassthroughOf(context));
                return Task.CompletedTask;
            },
            version == 2 ? HttpProtocols.Http2 : HttpProtocols.Http1);
        pod.OnProbe = context => hosts.Enqueue(PassthroughOf(context));
        await using var activator = await TestActivator.StartAsync();
        activator.App.Services.GetRequiredService<LiveSettings>().Set(new NetworkConfig { EnableMeshPodAddressability = true });
        activator.AddRevision(protocol: version == 2 ? AppProtocol.H2C : AppProtocol.Http1);
        activator.SetPods(pod.Endpoint());
        using var client = TestActivator.NewClient(activator.Http1, new Version(version, version == 1 ? 1 : 0));
        using var request = new HttpRequestMessage(new HttpMethod(method), "/") { Version = client.DefaultRequestVersion, VersionPolicy = HttpVersionPolicy.RequestVersionExact };
        request.Content = method == "POST" ? new StringContent("body") : null;
        // What a client says of it does not count.
        request.Headers.Add(HeaderNames.PassthroughLoadBalancer, "false");

        using var response = await client.SendAsync(request, TestContext.Current.CancellationToken);

        Assert.Equal((HttpStatusCode.OK, ""), (response.StatusCode, await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken)));
        Assert.Equal(["hello-00001-private.default true", "hello-00001-private.default true"], hosts);
    }

    [Theory]
    [InlineData("hello-00001.default.svc.cluster.local")]
    [InlineData("hello-00001.default.svc.cluster.local:80")]
    public async Task H7_RevisionByHost_IsFound(string host)
    {
        await using var pod = await FakePod.StartAsync();
        await using var activator = await StartAsync(pod);
        using var client = new HttpClient { BaseAddress = activator.Client.BaseAddress };
        client.DefaultRequestHeaders.Host = host;

        Assert.Equal("hello", await client.GetStringAsync("/", TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task H7_UnknownRevision_Is404WithUpstreamsText()
    {
        await using var activator = await TestActivator.StartAsync();

        Assert.Equal((HttpStatusCode.NotFound, "Error getting active endpoint: revision.serving.knative.dev \"hello-00001\" not found\n"), await GetAsync(activator));
    }

    [Fact]
    public async Task H8_Probes_AreAnsweredAsUpstreamDoes()
    {
        await using var activator = await TestActivator.StartAsync();

        Assert.Equal((HttpStatusCode.OK, "activator"), await GetAsync(activator, (HeaderNames.NetworkProbe, "activator")));
        Assert.Equal((HttpStatusCode.BadRequest, "unexpected probe header value: \"queue\"\n"), await GetAsync(activator, (HeaderNames.NetworkProbe, "queue")));
        await activator.Autoscaler.DisposeAsync();
        await Eventually.TrueAsync(async () => await GetAsync(activator, (HeaderNames.KubeletProbe, "activator")) == (HttpStatusCode.InternalServerError, "connection has not yet been established\n"));
    }

    [Fact]
    public async Task Settings_OfTheMeshChangeWhileARequestWaits_ItGoesOnWaiting()
    {
        await using var pod = await FakePod.StartAsync();
        await using var activator = await TestActivator.StartAsync();
        activator.AddRevision();
        var waiting = GetAsync(activator);
        await Eventually.TrueAsync(() => activator.State.Waiting == 1);

        activator.App.Services.GetRequiredService<LiveSettings>().Set(new NetworkConfig { MeshCompatibilityMode = MeshCompatibilityMode.Disabled });
        await Eventually.TrueAsync(() => activator.State.Waiting == 1);
        activator.SetPods(pod.Endpoint(ready: true));

        Assert.Equal((HttpStatusCode.OK, "hello"), await waiting.Within(Limit));
        Assert.DoesNotContain("probe", pod.Log);
    }

    [Fact]
    public async Task Settings_OfTheMeshChangeUnderLoad_NoPodGetsMoreThanItsLimitAndTheOrderStays()
    {
        using var gate = new SemaphoreSlim(0);
        await using var pod = await FakePod.StartAsync(context => gate.WaitAsync(context.RequestAborted));
        await using var activator = await TestActivator.StartAsync();
        activator.AddRevision(containerConcurrency: 1);
        activator.SetPods(pod.Endpoint(ready: true));
        var requests = new List<Task>();
        await SendAsync("/1", () => pod.Served == 1);
        await SendAsync("/2", () => activator.State.Waiting == 1);
        await SendAsync("/3", () => activator.State.Waiting == 2);

        activator.App.Services.GetRequiredService<LiveSettings>().Set(new NetworkConfig { MeshCompatibilityMode = MeshCompatibilityMode.Disabled });
        await SendAsync("/4", () => activator.State.Waiting == 3);
        gate.Release(4);

        await Task.WhenAll(requests).Within(Limit);
        Assert.Equal(["/1", "/2", "/3", "/4"], pod.Log.Where(entry => entry != "probe"));
        Assert.Equal(1, pod.MostRunning);

        async Task SendAsync(string path, Func<bool> until)
        {
            requests.Add(activator.Client.GetStringAsync(path, TestContext.Current.CancellationToken));
            await Eventually.TrueAsync(until);
        }
    }

    private static string PassthroughOf(HttpContext context) => $"{context.Request.Host} {context.Request.Headers[HeaderNames.PassthroughLoadBalancer]}";

    private static Task Keep(HttpContext context, out IHeaderDictionary seen)
    {
        seen = new HeaderDictionary(context.Request.Headers.ToDictionary(StringComparer.OrdinalIgnoreCase));
        return Task.CompletedTask;
    }

    private static async Task<TestActivator> StartAsync(FakePod pod)
    {
        var activator = await TestActivator.StartAsync();
        activator.AddRevision();
        activator.SetPods(pod.Endpoint());
        return activator;
    }

    private static async Task<(HttpStatusCode Status, string Body)> GetAsync(TestActivator activator, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/");
        foreach (var (name, value) in headers)
        {
            request.Headers.TryAddWithoutValidation(name, value);
        }

        using var response = await activator.Client.SendAsync(request, TestContext.Current.CancellationToken);
        return (response.StatusCode, await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
    }
}
