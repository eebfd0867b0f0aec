using System.Text.Json.Nodes;

namespace Knative.Xds.Integration.Api;

public abstract partial class ApiSuite
{
    [Fact]
    public async Task MergePatch_Null_RemovesField()
    {
        var space = await NamespaceAsync();
        (await SendAsync("POST", $"/api/v1/namespaces/{space}/configmaps", ConfigMap("one", data: """{"a":"1","b":"2"}"""))).Expect(201);
        var answer = (await PatchAsync($"/api/v1/namespaces/{space}/configmaps/one", Merge, """{"data":{"a":null,"c":"3"}}""")).Expect(200);
        Assert.Equal("""{"b":"2","c":"3"}""", answer.Node("data")!.ToJsonString());
    }

    [Fact]
    public async Task JsonPatch_Operations_ApplyInOrder()
    {
        var space = await NamespaceAsync();
        var path = $"/api/v1/namespaces/{space}/configmaps/one";
        (await SendAsync("POST", $"/api/v1/namespaces/{space}/configmaps", ConfigMap("one"))).Expect(201);
        var answer = (await PatchAsync(path, JsonPatch, """[{"op":"test","path":"/data/a","value":"1"},{"op":"add","path":"/metadata/annotations","value":{}},{"op":"add","path":"/metadata/annotations/x~1y","value":"2"},{"op":"move","from":"/data/a","path":"/data/b"}]""")).Expect(200);
        Assert.Equal("1", answer.Text("data/b"));
        Assert.Null(answer.Node("data/a"));
        Assert.Equal("2", answer.Node("metadata/annotations")!["x/y"]!.ToString());
        (await PatchAsync(path, JsonPatch, """[{"op":"test","path":"/data/b","value":"9"}]""")).Expect(422);
        (await PatchAsync(path, JsonPatch, """[{"op":"remove","path":"/data/none"}]""")).Expect(422);
    }

    [Fact]
    public async Task StrategicPatch_Lists_MergeByKey()
    {
        var space = await NamespaceAsync();
        var path = $"/apis/apps/v1/namespaces/{space}/deployments/web";
        (await SendAsync("POST", $"/apis/apps/v1/namespaces/{space}/deployments", Deployment("web"))).Expect(201);
        var added = (await PatchAsync(path, Strategic, """{"spec":{"template":{"spec":{"containers":[{"name":"main","env":[{"name":"B","value":"2"}]},{"name":"side","image":"example.com/side:1"}]}}}}""")).Expect(200);
        var names = added.Node("spec/template/spec/containers")!.AsArray().Select(container => container!["name"]!.ToString()).Order();
        Assert.Equal(["main", "side"], names);
        var main = added.Node("spec/template/spec/containers")!.AsArray().Single(container => container!["name"]!.ToString() == "main")!;
        Assert.Equal(["A", "B"], main["env"]!.AsArray().Select(entry => entry!["name"]!.ToString()).Order());
        Assert.Equal("example.com/main:1", main["image"]!.ToString());
        var removed = (await PatchAsync(path, Strategic, """{"spec":{"template":{"spec":{"containers":[{"name":"side","$patch":"delete"},{"name":"main","env":[{"$patch":"replace"},{"name":"C","value":"3"}]}]}}}}""")).Expect(200);
        var left = Assert.Single(removed.Node("spec/template/spec/containers")!.AsArray())!;
        Assert.Equal("""[{"name":"C","value":"3"}]""", left["env"]!.ToJsonString());
    }

    [Fact]
    public async Task StrategicPatch_CustomKind_IsUnsupported()
    {
        var space = await NamespaceAsync();
        (await SendAsync("POST", Ingresses(space), Ingress("web"))).Expect(201);
        (await PatchAsync($"{Ingresses(space)}/web", Strategic, "{}")).Expect(415);
    }

    [Fact]
    public async Task Patch_StaleVersionInBody_Conflicts()
    {
        var space = await NamespaceAsync();
        var path = $"/api/v1/namespaces/{space}/configmaps/one";
        var first = (await SendAsync("POST", $"/api/v1/namespaces/{space}/configmaps", ConfigMap("one"))).Expect(201);
        (await PatchAsync(path, Merge, """{"data":{"a":"2"}}""")).Expect(200);
        var stale = new JsonObject { ["metadata"] = new JsonObject { ["resourceVersion"] = first.Text("metadata/resourceVersion") }, ["data"] = new JsonObject { ["a"] = "3" } };
        (await PatchAsync(path, Merge, stale.ToJsonString())).Expect(409);
    }

    [Fact]
    public async Task Apply_NewObject_RecordsManager()
    {
        var space = await NamespaceAsync();
        var answer = (await PatchAsync($"/api/v1/namespaces/{space}/configmaps/one?fieldManager=alpha", Apply, "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: one\ndata:\n  a: \"1\"\n")).Expect(201);
        Assert.Equal("alpha", answer.Text("metadata/managedFields/0/manager"));
        Assert.Equal("Apply", answer.Text("metadata/managedFields/0/operation"));
        Assert.Equal("""{"f:data":{"f:a":{}}}""", answer.Node("metadata/managedFields/0/fieldsV1")!.ToJsonString());
        (await PatchAsync($"/api/v1/namespaces/{space}/configmaps/one?fieldManager=alpha", Apply, "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: one\ndata:\n  a: \"1\"\n")).Expect(200);
    }

    [Fact]
    public async Task Apply_FieldOfAnother_ConflictsUnlessForced()
    {
        var space = await NamespaceAsync();
        var path = $"/api/v1/namespaces/{space}/configmaps/one";
        (await ApplyAsync(path, "alpha", """{"apiVersion":"v1","kind":"ConfigMap","data":{"a":"1","b":"1"}}""")).Expect(201);
        var refused = (await ApplyAsync(path, "beta", """{"apiVersion":"v1","kind":"ConfigMap","data":{"a":"2"}}""")).Expect(409);
        Assert.Equal("Apply failed with 1 conflict: conflict with \"alpha\": .data.a", refused.Text("message"));
        Assert.Equal(".data.a", refused.Text("details/causes/0/field"));
        Assert.Equal("FieldManagerConflict", refused.Text("details/causes/0/reason"));
        (await ApplyAsync(path, "beta", """{"apiVersion":"v1","kind":"ConfigMap","data":{"b":"1"}}""")).Expect(200);
        var forced = (await ApplyAsync($"{path}", "beta", """{"apiVersion":"v1","kind":"ConfigMap","data":{"a":"2","b":"1"}}""", "&force=true")).Expect(200);
        Assert.Equal("2", forced.Text("data/a"));
        // alpha lost a, and shares b: leaving b out takes nothing away from beta.
        var shared = (await ApplyAsync(path, "alpha", """{"apiVersion":"v1","kind":"ConfigMap"}""")).Expect(200);
        Assert.Equal("""{"a":"2","b":"1"}""", shared.Node("data")!.ToJsonString());
    }

    [Fact]
    public async Task Apply_FieldLeftOut_IsRemoved()
    {
        var space = await NamespaceAsync();
        var path = $"/apis/apps/v1/namespaces/{space}/deployments/web";
        var wanted = Deployment("web");
        (await ApplyAsync(path, "alpha", wanted.ToJsonString())).Expect(201);
        (await PatchAsync($"{path}?fieldManager=scaler", Merge, """{"spec":{"paused":true}}""")).Expect(200);
        var container = wanted["spec"]!["template"]!["spec"]!["containers"]![0]!.AsObject();
        container.Remove("env");
        wanted["spec"]!.AsObject().Remove("replicas");
        var answer = (await ApplyAsync(path, "alpha", wanted.ToJsonString())).Expect(200);
        Assert.Null(answer.Node("spec/template/spec/containers/0/env"));
        Assert.Equal("true", answer.Text("spec/paused"));
        // Nobody owns replicas any more: it is back at its default.
        Assert.Equal(1, answer.Number("spec/replicas"));
    }

    [Fact]
    public async Task Apply_AgainstUpdate_NamesItsManager()
    {
        var space = await NamespaceAsync();
        var path = $"/api/v1/namespaces/{space}/configmaps/one";
        (await SendAsync("POST", $"/api/v1/namespaces/{space}/configmaps?fieldManager=writer", ConfigMap("one"))).Expect(201);
        var refused = (await ApplyAsync(path, "alpha", """{"apiVersion":"v1","kind":"ConfigMap","data":{"a":"2"}}""")).Expect(409);
        Assert.Equal("Apply failed with 1 conflict: conflict with \"writer\" using v1: .data.a", refused.Text("message"));
    }

    [Fact]
    public async Task Apply_WithoutManager_IsRefused()
    {
        var space = await NamespaceAsync();
        (await PatchAsync($"/api/v1/namespaces/{space}/configmaps/one", Apply, """{"apiVersion":"v1","kind":"ConfigMap"}""")).Expect(422);
    }

    private Task<ApiAnswer> ApplyAsync(string path, string manager, string body, string more = "")
    {
        var value = JsonNode.Parse(body)!;
        (value["metadata"] ??= new JsonObject())["name"] = path.Split('/')[^1];
        return PatchAsync($"{path}?fieldManager={manager}{more}", Apply, value.ToJsonString());
    }
}
