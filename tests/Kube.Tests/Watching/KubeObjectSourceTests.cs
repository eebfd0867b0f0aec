using k8s.Models;
using Knative.Xds.Kube.Client;
using Knative.Xds.Kube.Tests.Client;
using Knative.Xds.Kube.Watching;

namespace Knative.Xds.Kube.Tests.Watching;

public sealed class KubeObjectSourceTests : IDisposable
{
    private readonly FakeApi _api = new(200, """{"metadata":{"resourceVersion":"7","continue":"next"},"items":[{"metadata":{"name":"a"}}]}""");

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _api.Dispose();

    [Fact]
    public async Task Page_TheNextIsAskedForWhileItIsRead_AndOnceOnly()
    {
        using var client = Client();
        var source = new KubeObjectSource<V1ConfigMap>(client, new ObjectQuery());

        Assert.Equal("next", (await source.ListAsync(null, Token)).ContinueToken);
        Assert.Equal(["", "next"], Tokens());
        Assert.Equal("a", Assert.Single((await source.ListAsync("next", Token)).Items).Metadata.Name);
        Assert.Equal(["", "next", "next"], Tokens());
    }

    [Fact]
    public async Task ListBegunAnew_TakesNoPageOfTheFormerOne()
    {
        using var client = Client();
        var source = new KubeObjectSource<V1ConfigMap>(client, new ObjectQuery());
        await source.ListAsync(null, Token);

        await source.ListAsync(null, Token);

        Assert.Equal(["", "next", "", "next"], Tokens());
    }

    private KubeClient Client() => new(new KubeTransport(_api, new Uri("http://api/"), null, new KubeClientOptions()), "tester");

    private IEnumerable<string> Tokens() => _api.Requests.Select(request => request.Path.Split("&continue=") is [_, var token] ? token : "");
}
