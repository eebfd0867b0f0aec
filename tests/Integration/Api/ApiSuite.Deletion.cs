using System.Text.Json.Nodes;
using Knative.Xds.Testing;

namespace Knative.Xds.Integration.Api;

public abstract partial class ApiSuite
{
    [Fact]
    public async Task Delete_Plain_AnswersStatus()
    {
        var space = await NamespaceAsync();
        var created = (await SendAsync("POST", $"/api/v1/namespaces/{space}/configmaps", ConfigMap("one"))).Expect(201);
        var answer = (await SendAsync("DELETE", $"/api/v1/namespaces/{space}/configmaps/one", null)).Expect(200);
        Assert.Equal("Success", answer.Text("status"));
        Assert.Equal(created.Text("metadata/uid"), answer.Text("details/uid"));
        (await SendAsync("DELETE", $"/api/v1/namespaces/{space}/configmaps/one", null)).Expect(404);
    }

    [Fact]
    public async Task Delete_OtherUid_Conflicts()
    {
        var space = await NamespaceAsync();
        (await SendAsync("POST", $"/api/v1/namespaces/{space}/configmaps", ConfigMap("one"))).Expect(201);
        (await SendAsync("DELETE", $"/api/v1/namespaces/{space}/configmaps/one", Object("""{"preconditions":{"uid":"11111111-2222-3333-4444-555555555555"}}"""))).Expect(409);
    }

    [Fact]
    public async Task Delete_Finalizer_Waits()
    {
        var space = await NamespaceAsync();
        var path = $"/api/v1/namespaces/{space}/configmaps/one";
        var value = ConfigMap("one");
        value["metadata"]!["finalizers"] = new JsonArray("example.com/wait");
        (await SendAsync("POST", $"/api/v1/namespaces/{space}/configmaps", value)).Expect(201);
        var marked = (await SendAsync("DELETE", path, null)).Expect(200);
        Assert.NotNull(marked.Node("metadata/deletionTimestamp"));
        (await GetAsync(path)).Expect(200);
        (await PatchAsync(path, Merge, """{"metadata":{"finalizers":null}}""")).Expect(200);
        (await GetAsync(path)).Expect(404);
    }

    [Fact]
    public async Task Delete_PodOnNode_WaitsForKubelet()
    {
        var space = await NamespaceAsync();
        var path = $"/api/v1/namespaces/{space}/pods/p";
        var pod = Object("""{"metadata":{"name":"p"},"spec":{"nodeName":"n1","terminationGracePeriodSeconds":7,"containers":[{"name":"c","image":"i"}]}}""");
        (await SendAsync("POST", $"/api/v1/namespaces/{space}/pods", pod)).Expect(201);
        var marked = (await SendAsync("DELETE", path, null)).Expect(200);
        Assert.Equal(7, marked.Number("metadata/deletionGracePeriodSeconds"));
        (await GetAsync(path)).Expect(200);
        (await SendAsync("DELETE", path, Object("""{"gracePeriodSeconds":0}"""))).Expect(200);
        (await GetAsync(path)).Expect(404);
    }

    [Fact]
    public async Task Delete_PodWithoutNode_GoesAtOnce()
    {
        var space = await NamespaceAsync();
        (await SendAsync("POST", $"/api/v1/namespaces/{space}/pods", Object("""{"metadata":{"name":"p"},"spec":{"containers":[{"name":"c","image":"i"}]}}"""))).Expect(201);
        (await SendAsync("DELETE", $"/api/v1/namespaces/{space}/pods/p", null)).Expect(200);
        (await GetAsync($"/api/v1/namespaces/{space}/pods/p")).Expect(404);
    }

    [Fact]
    public async Task Binding_Pod_SetsNodeOnce()
    {
        var space = await NamespaceAsync();
        var path = $"/api/v1/namespaces/{space}/pods/p";
        (await SendAsync("POST", $"/api/v1/namespaces/{space}/pods", Object("""{"metadata":{"name":"p"},"spec":{"containers":[{"name":"c","image":"i"}]}}"""))).Expect(201);
        var binding = Object("""{"apiVersion":"v1","kind":"Binding","metadata":{"name":"p"},"target":{"apiVersion":"v1","kind":"Node","name":"n1"}}""");
        (await SendAsync("POST", $"{path}/binding", binding)).Expect(201);
        Assert.Equal("n1", (await GetAsync(path)).Text("spec/nodeName"));
        (await SendAsync("POST", $"{path}/binding", binding)).Expect(409);
    }

    [Fact]
    public async Task DeleteCollection_Selector_DeletesThose()
    {
        var space = await NamespaceAsync();
        var path = $"/api/v1/namespaces/{space}/secrets";
        (await SendAsync("POST", path, Object("""{"metadata":{"name":"a","labels":{"x":"1"}}}"""))).Expect(201);
        (await SendAsync("POST", path, Object("""{"metadata":{"name":"b"}}"""))).Expect(201);
        (await SendAsync("DELETE", $"{path}?labelSelector=x%3D1", null)).Expect(200);
        Assert.Equal(["b"], Names((await GetAsync(path)).Expect(200)));
    }

    [Theory]
    [InlineData("Background")]
    [InlineData("Foreground")]
    public async Task Delete_Owner_TakesDependents(string propagation)
    {
        var space = await NamespaceAsync();
        var path = $"/api/v1/namespaces/{space}/configmaps";
        var owner = (await SendAsync("POST", path, ConfigMap("owner"))).Expect(201);
        (await SendAsync("POST", path, Owned("dependent", owner))).Expect(201);
        (await SendAsync("DELETE", $"{path}/owner", Object($$"""{"propagationPolicy":"{{propagation}}"}"""))).Expect(200);
        await GoneAsync($"{path}/dependent");
        await GoneAsync($"{path}/owner");
    }

    [Fact]
    public async Task Delete_OrphaningOwner_LeavesDependents()
    {
        var space = await NamespaceAsync();
        var path = $"/api/v1/namespaces/{space}/configmaps";
        var owner = (await SendAsync("POST", path, ConfigMap("owner"))).Expect(201);
        (await SendAsync("POST", path, Owned("dependent", owner))).Expect(201);
        // The real collector works from a cache: it must have seen the dependent before its owner goes.
        (await SendAsync("DELETE", $"{path}/owner", Object("""{"propagationPolicy":"Orphan"}"""))).Expect(200);
        await GoneAsync($"{path}/owner");
        await Eventually.TrueAsync(async () => (await GetAsync($"{path}/dependent")).Node("metadata/ownerReferences") is null, Patience);
    }

    [Fact]
    public async Task Delete_Namespace_TakesContents()
    {
        var space = await NamespaceAsync();
        (await SendAsync("POST", $"/api/v1/namespaces/{space}/configmaps", ConfigMap("one"))).Expect(201);
        (await SendAsync("POST", Ingresses(space), Ingress("web"))).Expect(201);
        var marked = (await SendAsync("DELETE", $"/api/v1/namespaces/{space}", null)).Expect(200);
        Assert.Equal("Terminating", marked.Text("status/phase"));
        await GoneAsync($"/api/v1/namespaces/{space}");
        (await GetAsync($"{Ingresses(space)}/web")).Expect(404);
    }

    private static JsonObject Owned(string name, ApiAnswer owner)
    {
        var value = ConfigMap(name);
        value["metadata"]!["ownerReferences"] = new JsonArray(Object($$"""{"apiVersion":"v1","kind":"ConfigMap","name":"owner","uid":"{{owner.Text("metadata/uid")}}","blockOwnerDeletion":true}"""));
        return value;
    }
}
