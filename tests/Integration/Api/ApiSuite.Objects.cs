using System.Text.Json.Nodes;

namespace Knative.Xds.Integration.Api;

public abstract partial class ApiSuite
{
    [Fact]
    public async Task Create_NewObject_GetsServerFields()
    {
        var space = await NamespaceAsync();
        var created = (await SendAsync("POST", $"/api/v1/namespaces/{space}/configmaps", ConfigMap("one"))).Expect(201);
        Assert.Equal(36, created.Text("metadata/uid")!.Length);
        Assert.NotEmpty(created.Text("metadata/resourceVersion")!);
        Assert.NotEmpty(created.Text("metadata/creationTimestamp")!);
        Assert.Equal(space, created.Text("metadata/namespace"));
        Assert.Equal("1", (await GetAsync($"/api/v1/namespaces/{space}/configmaps/one")).Expect(200).Text("data/a"));
    }

    [Fact]
    public async Task Create_SameNameTwice_Conflicts()
    {
        var space = await NamespaceAsync();
        (await SendAsync("POST", $"/api/v1/namespaces/{space}/configmaps", ConfigMap("one"))).Expect(201);
        var second = (await SendAsync("POST", $"/api/v1/namespaces/{space}/configmaps", ConfigMap("one"))).Expect(409);
        Assert.Equal("AlreadyExists", second.Text("reason"));
        Assert.Equal("configmaps \"one\" already exists", second.Text("message"));
    }

    [Fact]
    public async Task Create_MissingNamespace_IsNotFound()
    {
        var answer = (await SendAsync("POST", "/api/v1/namespaces/no-such-namespace/configmaps", ConfigMap("one"))).Expect(404);
        Assert.Equal("namespaces \"no-such-namespace\" not found", answer.Text("message"));
        Assert.Equal("Status", answer.Text("kind"));
    }

    [Fact]
    public async Task Create_BadName_IsInvalid()
    {
        var space = await NamespaceAsync();
        var answer = (await SendAsync("POST", $"/api/v1/namespaces/{space}/configmaps", ConfigMap("Not_A_Name"))).Expect(422);
        Assert.Equal("metadata.name", answer.Text("details/causes/0/field"));
    }

    [Fact]
    public async Task Create_DryRun_StoresNothing()
    {
        var space = await NamespaceAsync();
        (await SendAsync("POST", $"/api/v1/namespaces/{space}/configmaps?dryRun=All", ConfigMap("one"))).Expect(201);
        (await GetAsync($"/api/v1/namespaces/{space}/configmaps/one")).Expect(404);
    }

    [Fact]
    public async Task Get_MissingObject_NamesIt()
    {
        var answer = (await GetAsync("/apis/apps/v1/namespaces/default/deployments/none")).Expect(404);
        Assert.Equal("deployments.apps \"none\" not found", answer.Text("message"));
        Assert.Equal("NotFound", answer.Text("reason"));
        Assert.Equal("deployments", answer.Text("details/kind"));
        Assert.Equal("apps", answer.Text("details/group"));
    }

    [Fact]
    public async Task Update_StaleVersion_Conflicts()
    {
        var space = await NamespaceAsync();
        var path = $"/api/v1/namespaces/{space}/configmaps/one";
        var first = (await SendAsync("POST", $"/api/v1/namespaces/{space}/configmaps", ConfigMap("one"))).Expect(201);
        (await PatchAsync(path, Merge, """{"data":{"a":"2"}}""")).Expect(200);
        var answer = (await SendAsync("PUT", path, first.Body)).Expect(409);
        Assert.Equal("Conflict", answer.Text("reason"));
        Assert.Equal("Operation cannot be fulfilled on configmaps \"one\": the object has been modified; please apply your changes to the latest version and try again", answer.Text("message"));
    }

    [Fact]
    public async Task Update_NoChange_KeepsVersion()
    {
        var space = await NamespaceAsync();
        var path = $"/api/v1/namespaces/{space}/configmaps/one";
        var first = (await SendAsync("POST", $"/api/v1/namespaces/{space}/configmaps", ConfigMap("one"))).Expect(201);
        var again = (await SendAsync("PUT", path, first.Body!.DeepClone())).Expect(200);
        Assert.Equal(first.Text("metadata/resourceVersion"), again.Text("metadata/resourceVersion"));
    }

    [Fact]
    public async Task Secret_StringData_BecomesData()
    {
        var space = await NamespaceAsync();
        var answer = (await SendAsync("POST", $"/api/v1/namespaces/{space}/secrets", Object("""{"metadata":{"name":"s"},"stringData":{"k":"hello"}}"""))).Expect(201);
        Assert.Equal("aGVsbG8=", answer.Text("data/k"));
        Assert.Null(answer.Node("stringData"));
        Assert.Equal("Opaque", answer.Text("type"));
    }

    [Fact]
    public async Task Service_ClusterIp_IsAllocatedUnlessHeadless()
    {
        var space = await NamespaceAsync();
        var usual = (await SendAsync("POST", $"/api/v1/namespaces/{space}/services", Object("""{"metadata":{"name":"a"},"spec":{"ports":[{"port":80}]}}"""))).Expect(201);
        Assert.StartsWith("10.", usual.Text("spec/clusterIP"), StringComparison.Ordinal);
        Assert.Equal("TCP", usual.Text("spec/ports/0/protocol"));
        Assert.Equal(80, usual.Number("spec/ports/0/targetPort"));
        var headless = (await SendAsync("POST", $"/api/v1/namespaces/{space}/services", Object("""{"metadata":{"name":"b"},"spec":{"clusterIP":"None","ports":[{"port":80}]}}"""))).Expect(201);
        Assert.Equal("None", headless.Text("spec/clusterIP"));
    }

    [Fact]
    public async Task Deployment_Defaults_AreFilledIn()
    {
        var space = await NamespaceAsync();
        var answer = (await SendAsync("POST", $"/apis/apps/v1/namespaces/{space}/deployments", Deployment("web"))).Expect(201);
        var container = answer.Node("spec/template/spec/containers/0")!.AsObject();
        Assert.Equal("""{"type":"RollingUpdate","rollingUpdate":{"maxUnavailable":"25%","maxSurge":"25%"}}""", Sorted(answer.Node("spec/strategy"), "type", "rollingUpdate"));
        Assert.Equal("IfNotPresent", container["imagePullPolicy"]!.ToString());
        Assert.Equal(30, answer.Number("spec/template/spec/terminationGracePeriodSeconds"));
        Assert.Equal(600, answer.Number("spec/progressDeadlineSeconds"));
    }

    [Fact]
    public async Task Deployment_SelectorMismatch_IsInvalid()
    {
        var space = await NamespaceAsync();
        var wrong = Deployment("web");
        wrong["spec"]!["selector"]!["matchLabels"]!["app"] = "other";
        var answer = (await SendAsync("POST", $"/apis/apps/v1/namespaces/{space}/deployments", wrong)).Expect(422);
        Assert.Equal("spec.template.metadata.labels", answer.Text("details/causes/0/field"));
    }

    [Fact]
    public async Task List_Selectors_Choose()
    {
        var space = await NamespaceAsync();
        var path = $"/api/v1/namespaces/{space}/configmaps";
        (await SendAsync("POST", path, ConfigMap("a", """{"tier":"front","env":"dev"}"""))).Expect(201);
        (await SendAsync("POST", path, ConfigMap("b", """{"tier":"back"}"""))).Expect(201);
        (await SendAsync("POST", path, ConfigMap("c", "{}"))).Expect(201);
        await ExpectNamesAsync(path, "labelSelector=tier%3Dfront", "a");
        await ExpectNamesAsync(path, "labelSelector=tier%21%3Dfront", "b", "c", "kube-root-ca.crt");
        await ExpectNamesAsync(path, "labelSelector=tier%20in%20(front,back)", "a", "b");
        await ExpectNamesAsync(path, "labelSelector=tier%20notin%20(front),tier", "b");
        await ExpectNamesAsync(path, "labelSelector=tier,!env", "b");
        await ExpectNamesAsync(path, "fieldSelector=metadata.name%3Dc", "c");
        await ExpectNamesAsync(path, "fieldSelector=metadata.name!%3Dc", "a", "b", "kube-root-ca.crt");
        (await GetAsync($"{path}?fieldSelector=data.a%3D1")).Expect(400);
        (await GetAsync($"{path}?labelSelector=a%20b")).Expect(400);
    }

    [Fact]
    public async Task List_Pages_ShowOneMoment()
    {
        var space = await NamespaceAsync();
        var path = $"/api/v1/namespaces/{space}/secrets";
        for (var i = 0; i < 5; i++)
        {
            (await SendAsync("POST", path, new JsonObject { ["metadata"] = new JsonObject { ["name"] = $"s{i}" } })).Expect(201);
        }

        var first = (await GetAsync($"{path}?limit=2")).Expect(200);
        Assert.Equal(3, first.Number("metadata/remainingItemCount"));
        (await SendAsync("DELETE", $"{path}/s4", null)).Expect(200);
        var second = (await GetAsync($"{path}?limit=2&continue={Uri.EscapeDataString(first.Text("metadata/continue")!)}")).Expect(200);
        var third = (await GetAsync($"{path}?limit=2&continue={Uri.EscapeDataString(second.Text("metadata/continue")!)}")).Expect(200);
        Assert.Equal(["s0", "s1", "s2", "s3", "s4"], Names(first).Concat(Names(second)).Concat(Names(third)));
        Assert.Equal(first.Text("metadata/resourceVersion"), third.Text("metadata/resourceVersion"));
        Assert.Null(third.Node("metadata/continue"));
    }

    [Fact]
    public async Task Status_Subresource_KeepsSpecApart()
    {
        var space = await NamespaceAsync();
        var path = $"{Ingresses(space)}/web";
        var created = Ingress("web");
        created["status"] = Object("""{"observedGeneration":9}""");
        Assert.Null((await SendAsync("POST", Ingresses(space), created)).Expect(201).Node("status"));
        var status = (await PatchAsync($"{path}/status", Merge, """{"status":{"observedGeneration":1},"spec":{"httpOption":"Redirected"}}""")).Expect(200);
        Assert.Equal(1, status.Number("status/observedGeneration"));
        Assert.Null(status.Node("spec/httpOption"));
        Assert.Equal(1, status.Number("metadata/generation"));
        var spec = (await PatchAsync(path, Merge, """{"status":{"observedGeneration":2},"spec":{"httpOption":"Redirected"}}""")).Expect(200);
        Assert.Equal(1, spec.Number("status/observedGeneration"));
        Assert.Equal(2, spec.Number("metadata/generation"));
        var labels = (await PatchAsync(path, Merge, """{"metadata":{"labels":{"a":"b"}}}""")).Expect(200);
        Assert.Equal(2, labels.Number("metadata/generation"));
    }

    [Fact]
    public async Task Scale_Subresource_ChangesReplicasOnly()
    {
        var space = await NamespaceAsync();
        var path = $"/apis/apps/v1/namespaces/{space}/deployments/web";
        (await SendAsync("POST", $"/apis/apps/v1/namespaces/{space}/deployments", Deployment("web"))).Expect(201);
        var scale = (await PatchAsync($"{path}/scale", Merge, """{"spec":{"replicas":3}}""")).Expect(200);
        Assert.Equal("Scale", scale.Text("kind"));
        Assert.Equal("autoscaling/v1", scale.Text("apiVersion"));
        Assert.Equal("app=web", scale.Text("status/selector"));
        Assert.Equal(3, (await GetAsync(path)).Number("spec/replicas"));
        // Written as nothing where Go's encoder leaves a zero out.
        Assert.Equal("0", (await ReplaceAsync($"{path}/scale", scale => scale["spec"]!["replicas"] = 0)).Text("spec/replicas") ?? "0");
        Assert.Equal(0, (await GetAsync(path)).Number("spec/replicas"));
        (await PatchAsync($"{path}/scale", Merge, """{"spec":{"replicas":-1}}""")).Expect(422);
    }

    [Fact]
    public async Task Lease_Update_NeedsVersion()
    {
        var space = await NamespaceAsync();
        var path = $"/apis/coordination.k8s.io/v1/namespaces/{space}/leases";
        var lease = Object("""{"apiVersion":"coordination.k8s.io/v1","kind":"Lease","metadata":{"name":"l"},"spec":{"holderIdentity":"me","leaseDurationSeconds":15,"renewTime":"2026-01-01T00:00:00.000000Z"}}""");
        var created = (await SendAsync("POST", path, lease)).Expect(201);
        (await SendAsync("PUT", $"{path}/l", lease)).Expect(422);
        var next = created.Body!.DeepClone();
        next["spec"]!["holderIdentity"] = "you";
        Assert.Equal("you", (await SendAsync("PUT", $"{path}/l", next)).Expect(200).Text("spec/holderIdentity"));
        (await SendAsync("PUT", $"{path}/l", next.DeepClone())).Expect(409);
    }

    private static string Sorted(JsonNode? node, params string[] order)
    {
        var source = node!.AsObject();
        var result = new JsonObject(order.Select(name => KeyValuePair.Create(name, source[name]?.DeepClone())));
        if (result["rollingUpdate"] is JsonObject rolling)
        {
            result["rollingUpdate"] = new JsonObject { ["maxUnavailable"] = rolling["maxUnavailable"]!.DeepClone(), ["maxSurge"] = rolling["maxSurge"]!.DeepClone() };
        }

        return result.ToJsonString();
    }

    private static IEnumerable<string> Names(ApiAnswer list) => list.Node("items")!.AsArray().Select(item => item!["metadata"]!["name"]!.ToString());

    // A real cluster adds a ConfigMap of its own to every namespace, at its leisure.
    private async Task ExpectNamesAsync(string path, string query, params string[] names) =>
        Assert.Equal(names.Where(name => name != "kube-root-ca.crt"), Names((await GetAsync($"{path}?{query}")).Expect(200)).Where(name => name != "kube-root-ca.crt"));
}
