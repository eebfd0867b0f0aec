using k8s.Models;
using Knative.Xds.Core.Model;
using Knative.Xds.Kube.Api;
using Knative.Xds.Kube.Client;

namespace Knative.Xds.Kube.Tests.Client;

public sealed class KubeClientTests : IDisposable
{
    private static readonly CancellationToken None = CancellationToken.None;
    private readonly string _folder = Directory.CreateTempSubdirectory("kxds-kube").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Find_CoreAndNamedGroups_HaveTheirOwnRoots()
    {
        var api = new FakeApi(200, """{"metadata":{"name":"a"}}""");
        using var client = Over(api);
        await client.FindAsync<V1Service>(new ObjectKey("ns", "a"), None);
        await client.FindAsync<V1Namespace>(new ObjectKey("", "a"), None);
        var ingress = await client.FindAsync<KIngress>(new ObjectKey("ns", "a"), None);
        Assert.Equal(
            ["/base/api/v1/namespaces/ns/services/a", "/base/api/v1/namespaces/a", "/base/apis/networking.internal.knative.dev/v1alpha1/namespaces/ns/ingresses/a"],
            api.Requests.Select(request => request.Path));
        Assert.Equal("Ingress", ingress!.Kind);
    }

    [Fact]
    public async Task Find_ObjectWithFieldOwners_LeavesThemOutAndKeepsTheRest()
    {
        var api = new FakeApi(200, """{"metadata":{"name":"a","managedFields":[{"manager":"kubectl","fieldsV1":{"f:spec":{}}}],"labels":{"x":"y"}}}""");
        using var client = Over(api);

        var ingress = await client.FindAsync<KIngress>(new ObjectKey("ns", "a"), None);

        Assert.Null(ingress!.Metadata.ManagedFields);
        Assert.Equal("y", ingress.Metadata.Labels["x"]);
    }

    [Fact]
    public async Task Patch_EachType_HasItsMediaTypeAndApplyIsForced()
    {
        var api = new FakeApi(200, """{"metadata":{"name":"a"}}""");
        using var client = Over(api);
        foreach (var type in new[] { V1Patch.PatchType.JsonPatch, V1Patch.PatchType.MergePatch, V1Patch.PatchType.StrategicMergePatch, V1Patch.PatchType.ApplyPatch })
        {
            await client.PatchAsync<V1Deployment>(new ObjectKey("ns", "a"), new V1Patch("{}", type), "scale", None);
        }

        Assert.Equal(["application/json-patch+json", "application/merge-patch+json", "application/strategic-merge-patch+json", "application/apply-patch+yaml"], api.Requests.Select(request => request.ContentType));
        Assert.Equal("/base/apis/apps/v1/namespaces/ns/deployments/a/scale?fieldManager=tester&force=true", api.Requests[3].Path);
    }

    [Fact]
    public async Task List_SelectorsAndContinue_AreEscapedAndUnreadableObjectsCostNoOther()
    {
        var api = new FakeApi(200, """
            {"metadata":{"resourceVersion":"7","continue":""},"items":[
              {"metadata":{"name":"good","namespace":"ns"},"spec":{"mode":"Serve"}},{"metadata":{"name":"bad","namespace":"ns"},"spec":{"numActivators":{}}}]}
            """);
        using var client = Over(api);
        var page = await client.ListAsync<ServerlessService>(new ObjectQuery("ns", "a in (b,c)", "metadata.name=x"), "t+1", None);
        Assert.Equal("good", Assert.Single(page.Items).Metadata.Name);
        Assert.Equal(new ObjectKey("ns", "bad"), Assert.Single(page.Undecodable).Key);
        Assert.Equal(("7", null), (page.ResourceVersion, page.ContinueToken));
        Assert.EndsWith("?labelSelector=a%20in%20%28b%2Cc%29&fieldSelector=metadata.name%3Dx&limit=50000&continue=t%2B1", api.Requests[0].Path, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Watch_AllTypesThenGone_ReadsThemAndThrowsGone()
    {
        var api = new FakeApi(200, """
            {"type":"ADDED","object":{"metadata":{"name":"a","resourceVersion":"1"}}}
            {"type":"MODIFIED","object":{"metadata":{"name":"a","resourceVersion":"2"},"spec":{"numActivators":"many"}}}
            {"type":"BOOKMARK","object":{"metadata":{"resourceVersion":"3"}}}
            {"type":"DELETED","object":{"metadata":{"name":"a","resourceVersion":"4"}}}
            {"type":"ERROR","object":{"kind":"Status","code":410,"reason":"Expired","message":"too old"}}
            """);
        using var client = Over(api);
        var seen = new List<string>();
        var gone = await Assert.ThrowsAsync<KubeException>(async () =>
        {
            await foreach (var (type, value) in client.WatchAsync<ServerlessService>(new ObjectQuery(), "0", None))
            {
                seen.Add($"{type} {value.Metadata.ResourceVersion}");
            }
        });
        Assert.Equal(["Added 1", "Undecodable 2", "Bookmark 3", "Deleted 4"], seen);
        Assert.True(gone.IsGone);
        Assert.Equal("Expired", gone.Status?.Reason);
    }

    [Fact]
    public async Task Watch_MembersInAnyOrderAndUnknownOnes_AreRead()
    {
        using var client = Over(new FakeApi(200, """
            {"object":{"metadata":{"name":"a","resourceVersion":"1"}},"type":"ADDED"}
            {"type":"MODIFIED","object":{"metadata":{"name":"a","resourceVersion":"2"}},"more":[{}]}
            {"more":{"type":"DELETED"},"type":"DELETED","object":{"metadata":{"name":"a","resourceVersion":"3"}}}
            {"type":"NEWS","object":{"metadata":{"name":"a","resourceVersion":"4"}}}
            {"type":"ADDED","object":{"spec":{}}}
            """));
        var seen = new List<string>();
        await foreach (var (type, value) in client.WatchAsync<ServerlessService>(new ObjectQuery(), "0", None))
        {
            seen.Add($"{type} {value.Kind} {value.Metadata.ResourceVersion}");
        }

        Assert.Equal(["Added ServerlessService 1", "Modified ServerlessService 2", "Deleted ServerlessService 3", "Added ServerlessService "], seen);
    }

    [Theory]
    [InlineData("""{"type":"ADDED","object":{"metadata":{"name":"a"}}""")]
    [InlineData("""{"type":"ADDED","object":{"metadata":{"name":"a"}}}}""")]
    [InlineData("[]")]
    public async Task Watch_LineThatIsCutOrNoEvent_Throws(string line)
    {
        using var client = Over(new FakeApi(200, line));

        await Assert.ThrowsAnyAsync<Exception>(async () =>
        {
            await foreach (var item in client.WatchAsync<ServerlessService>(new ObjectQuery(), "0", None))
            {
                Assert.Fail($"{item}");
            }
        });
    }

    [Fact]
    public async Task Refusal_PlainText_IsInTheMessage()
    {
        using var client = Over(new FakeApi(503, "upstream is gone"));
        var refusal = await Assert.ThrowsAsync<KubeException>(() => client.CreateAsync(new V1ConfigMap { Metadata = new V1ObjectMeta { NamespaceProperty = "ns", Name = "a" } }, None));
        Assert.Equal((503, null), (refusal.StatusCode, refusal.Status));
        Assert.Contains("upstream is gone", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Create_PackageType_CarriesApiVersionAndKind()
    {
        var api = new FakeApi(201, """{"metadata":{"name":"a"}}""");
        using var client = Over(api);
        await client.CreateAsync(new V1Deployment { Metadata = new V1ObjectMeta { NamespaceProperty = "ns", Name = "a" } }, None);
        Assert.Contains("\"apiVersion\":\"apps/v1\"", api.Requests[0].Body, StringComparison.Ordinal);
        Assert.Contains("\"kind\":\"Deployment\"", api.Requests[0].Body, StringComparison.Ordinal);
    }

    [Fact]
    public void Create_PlainHttpKubeconfig_IsEnough()
    {
        var path = Path.Combine(_folder, "config");
        File.WriteAllText(path, """
            apiVersion: v1
            kind: Config
            current-context: a
            clusters: [{name: a, cluster: {server: "http://127.0.0.1:6443"}}]
            contexts: [{name: a, context: {cluster: a, user: a}}]
            users: [{name: a, user: {}}]
            """);
        using var client = KubeClient.Create(new KubeClientOptions { Kubeconfig = path });
        Assert.Equal(new Uri("http://127.0.0.1:6443/"), client.BaseAddress);
    }

    [Fact]
    public void Create_NoSuchFile_ErrorNamesIt()
    {
        var path = Path.Combine(_folder, "missing");
        var error = Assert.Throws<InvalidOperationException>(() => KubeClient.Create(new KubeClientOptions { Kubeconfig = path }));
        Assert.Contains(path, error.Message, StringComparison.Ordinal);
    }

    private static KubeClient Over(FakeApi api) => new(new KubeTransport(api, new Uri("http://api/base/"), null, new KubeClientOptions()), new KubeClientOptions { UserAgent = "tester/1" });
}
