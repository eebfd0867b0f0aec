using System.Net;
using Knative.Xds.Activator.Tests.Fakes;
using Knative.Xds.Core.Wire;
using Knative.Xds.Testing;

namespace Knative.Xds.Activator.Tests.Serving;

public sealed class ProbeTests
{
    [Theory]
    [InlineData("User-Agent", "kube-probe/1.30")]
    [InlineData(HeaderNames.KubeletProbe, "queue")]
    public async Task Kubelet_AutoscalerReachable_IsTold200(string header, string value)
    {
        await using var activator = await TestActivator.StartAsync();

        var (status, body) = await GetAsync(activator, (header, value));

        Assert.Equal((HttpStatusCode.OK, ""), (status, body));
    }

    [Fact]
    public async Task Kubelet_AutoscalerGone_IsTold500()
    {
        await using var activator = await TestActivator.StartAsync();
        activator.Autoscaler.Accepts = false;
        await activator.Autoscaler.DisposeAsync();

        await Eventually.TrueAsync(async () =>
            await GetAsync(activator, ("User-Agent", "kube-probe/1.30")) == (HttpStatusCode.InternalServerError, "connection has not yet been established\n"));
    }

    [Fact]
    public async Task NetworkProbe_ForTheActivator_IsAnswered()
    {
        await using var activator = await TestActivator.StartAsync();

        Assert.Equal((HttpStatusCode.OK, "activator"), await GetAsync(activator, (HeaderNames.NetworkProbe, ProbeValues.Activator)));
    }

    [Fact]
    public async Task NetworkProbe_ForSomebodyElse_Is400()
    {
        await using var activator = await TestActivator.StartAsync();

        Assert.Equal((HttpStatusCode.BadRequest, "unexpected probe header value: \"queue\"\n"), await GetAsync(activator, (HeaderNames.NetworkProbe, "queue")));
    }

    [Fact]
    public async Task NetworkProbe_OfTheIngress_EchoesTheHash()
    {
        await using var activator = await TestActivator.StartAsync();
        using var request = Request((HeaderNames.NetworkProbe, ProbeValues.Ingress), (HeaderNames.NetworkHash, "abc"));

        using var response = await activator.Client.SendAsync(request, TestContext.Current.CancellationToken);

        Assert.Equal((HttpStatusCode.OK, "abc"), (response.StatusCode, response.Headers.GetValues(HeaderNames.NetworkHash).Single()));
    }

    [Fact]
    public async Task NetworkProbe_OfTheIngressWithoutHash_Is400()
    {
        await using var activator = await TestActivator.StartAsync();

        Assert.Equal(
            (HttpStatusCode.BadRequest, "a probe request must contain a non-empty \"K-Network-Hash\" header\n"),
            await GetAsync(activator, (HeaderNames.NetworkProbe, ProbeValues.Ingress)));
    }

    [Fact]
    public async Task Request_UnknownRevision_Is404()
    {
        await using var activator = await TestActivator.StartAsync();

        Assert.Equal(
            (HttpStatusCode.NotFound, "Error getting active endpoint: revision.serving.knative.dev \"hello-00001\" not found\n"),
            await GetAsync(activator));
    }

    [Fact]
    public async Task Request_RevisionByHost_IsFound()
    {
        await using var pod = await FakePod.StartAsync();
        await using var activator = await TestActivator.StartAsync();
        activator.AddRevision();
        activator.SetPods(pod.Endpoint());
        using var client = new HttpClient { BaseAddress = activator.Client.BaseAddress };
        client.DefaultRequestHeaders.Host = "hello-00001.default.svc.cluster.local:80";

        Assert.Equal("hello", await client.GetStringAsync("/", TestContext.Current.CancellationToken));
    }

    private static async Task<(HttpStatusCode Status, string Body)> GetAsync(TestActivator activator, params (string Name, string Value)[] headers)
    {
        using var request = Request(headers);
        using var response = await activator.Client.SendAsync(request, TestContext.Current.CancellationToken);
        return (response.StatusCode, await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
    }

    private static HttpRequestMessage Request(params (string Name, string Value)[] headers)
    {
        var request = new HttpRequestMessage(HttpMethod.Get, "/healthz");
        foreach (var (name, value) in headers)
        {
            request.Headers.TryAddWithoutValidation(name, value);
        }

        return request;
    }
}
