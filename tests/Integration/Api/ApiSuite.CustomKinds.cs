using Knative.Xds.Testing;

namespace Knative.Xds.Integration.Api;

public abstract partial class ApiSuite
{
    private const string TableType = "application/json;as=Table;v=v1;g=meta.k8s.io,application/json";

    [Fact]
    public async Task FieldValidation_UnknownField_IsRefusedWarnedOrDropped()
    {
        var space = await NamespaceAsync();
        var value = Ingress("web");
        value["spec"]!["nonsense"] = 1;
        var strict = (await SendAsync("POST", $"{Ingresses(space)}?fieldValidation=Strict", value.DeepClone())).Expect(400);
        Assert.Contains("strict decoding error: unknown field \"spec.nonsense\"", strict.Text("message"), StringComparison.Ordinal);
        var warned = (await SendAsync("POST", $"{Ingresses(space)}?fieldValidation=Warn", value.DeepClone())).Expect(201);
        Assert.Contains("unknown field \\\"spec.nonsense\\\"", Assert.Single(warned.Warnings), StringComparison.Ordinal);
        Assert.Null(warned.Node("spec/nonsense"));
    }

    [Fact]
    public async Task FieldValidation_BuiltInKind_FindsUnknownAndDuplicateFields()
    {
        var space = await NamespaceAsync();
        var unknown = (await SendRawAsync("POST", $"/api/v1/namespaces/{space}/configmaps?fieldValidation=Strict", """{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"x"},"dat":{}}""")).Expect(400);
        Assert.Contains("strict decoding error: unknown field \"dat\"", unknown.Text("message"), StringComparison.Ordinal);
        var duplicate = (await SendRawAsync("POST", $"/api/v1/namespaces/{space}/configmaps?fieldValidation=Strict", """{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"x"},"data":{"a":"1"},"data":{"a":"2"}}""")).Expect(400);
        Assert.Contains("duplicate field \"data\"", duplicate.Text("message"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Schema_WrongType_IsInvalid()
    {
        var space = await NamespaceAsync();
        var value = Ingress("web");
        value["spec"]!["rules"] = "none";
        var answer = (await SendAsync("POST", Ingresses(space), value)).Expect(422);
        Assert.Equal("spec.rules", answer.Text("details/causes/0/field"));
        Assert.Equal("FieldValueTypeInvalid", answer.Text("details/causes/0/reason"));
        Assert.Contains("spec.rules in body must be of type array: \"string\"", answer.Text("message"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task BuiltIn_WrongType_IsBadRequest()
    {
        var space = await NamespaceAsync();
        (await SendRawAsync("POST", $"/api/v1/namespaces/{space}/configmaps", """{"metadata":{"name":"x"},"data":[1]}""")).Expect(400);
    }

    [Fact]
    public async Task Crd_NewDefinition_IsServedWithItsRules()
    {
        var group = $"g{Guid.NewGuid():n}"[..9] + ".example.com";
        (await SendAsync("POST", "/apis/apiextensions.k8s.io/v1/customresourcedefinitions", Object("""
            {"apiVersion":"apiextensions.k8s.io/v1","kind":"CustomResourceDefinition","metadata":{"name":"widgets.GROUP"},
             "spec":{"group":"GROUP","scope":"Namespaced","names":{"plural":"widgets","kind":"Widget","shortNames":["wd"]},
              "versions":[{"name":"v1","served":true,"storage":true,
               "additionalPrinterColumns":[{"name":"Size","type":"integer","jsonPath":".spec.size"},{"name":"Ready","type":"string","jsonPath":".status.conditions[?(@.type=='Ready')].status"}],
               "subresources":{"status":{},"scale":{"specReplicasPath":".spec.size","statusReplicasPath":".status.size"}},
               "schema":{"openAPIV3Schema":{"type":"object","properties":{
                "spec":{"type":"object","required":["color"],"properties":{"size":{"type":"integer","minimum":0,"default":3},"color":{"type":"string","enum":["red","blue"]},"port":{"x-kubernetes-int-or-string":true},"free":{"type":"object","x-kubernetes-preserve-unknown-fields":true}}},
                "status":{"type":"object","x-kubernetes-preserve-unknown-fields":true}}}}}]}}
            """.Replace("GROUP", group, StringComparison.Ordinal)))).Expect(201);
        var path = $"/apis/{group}/v1/namespaces/default/widgets";
        await Eventually.TrueAsync(async () => (await GetAsync(path)).Code == 200, Patience);
        await CheckWidgetsAsync(path, group);
        (await SendAsync("DELETE", $"/apis/apiextensions.k8s.io/v1/customresourcedefinitions/widgets.{group}", null)).Expect(200);
        await Eventually.TrueAsync(async () => (await GetAsync(path)).Code == 404, Patience);
    }

    [Fact]
    public async Task Table_Pods_HasColumnsOfKubectl()
    {
        var space = await NamespaceAsync();
        (await SendAsync("POST", $"/api/v1/namespaces/{space}/pods", Object("""{"metadata":{"name":"p"},"spec":{"containers":[{"name":"c","image":"i"}]}}"""))).Expect(201);
        var table = (await GetAsync($"/api/v1/namespaces/{space}/pods", TableType)).Expect(200);
        Assert.Equal("Table", table.Text("kind"));
        Assert.Equal(["Name", "Ready", "Status", "Restarts", "Age", "IP", "Node", "Nominated Node", "Readiness Gates"], table.Node("columnDefinitions")!.AsArray().Select(column => column!["name"]!.ToString()));
        Assert.Equal(["p", "0/1", "Pending", "0"], table.Node("rows/0/cells")!.AsArray().Take(4).Select(cell => cell!.ToString()));
        Assert.Equal("PartialObjectMetadata", table.Text("rows/0/object/kind"));
    }

    [Theory]
    [InlineData("/api/v1/services")]
    [InlineData("/api/v1/endpoints")]
    [InlineData("/api/v1/configmaps")]
    [InlineData("/api/v1/secrets")]
    [InlineData("/api/v1/nodes")]
    [InlineData("/api/v1/namespaces")]
    [InlineData("/api/v1/events")]
    [InlineData("/api/v1/serviceaccounts")]
    [InlineData("/apis/apps/v1/deployments")]
    [InlineData("/apis/apps/v1/replicasets")]
    [InlineData("/apis/coordination.k8s.io/v1/leases")]
    [InlineData("/apis/discovery.k8s.io/v1/endpointslices")]
    [InlineData("/apis/autoscaling/v2/horizontalpodautoscalers")]
    [InlineData("/apis/apiextensions.k8s.io/v1/customresourcedefinitions")]
    public async Task Table_BuiltInKind_HasColumns(string path)
    {
        var table = (await GetAsync(path, TableType)).Expect(200);
        var columns = table.Node("columnDefinitions")!.AsArray().Select(column => $"{column!["name"]}:{column["type"]}:{column["priority"]}");
        Assert.Equal(ExpectedColumns[path], string.Join(" ", columns));
    }

    [Fact]
    public async Task Discovery_Kinds_AreListed()
    {
        var apps = (await GetAsync("/apis/apps/v1")).Expect(200);
        var deployments = apps.Node("resources")!.AsArray().Single(resource => resource!["name"]!.ToString() == "deployments")!;
        Assert.Equal("Deployment", deployments["kind"]!.ToString());
        Assert.Equal("deploy", deployments["shortNames"]![0]!.ToString());
        var scale = apps.Node("resources")!.AsArray().Single(resource => resource!["name"]!.ToString() == "deployments/scale")!;
        Assert.Equal("autoscaling", scale["group"]!.ToString());
        (await GetAsync("/apis/none.example.com/v1")).Expect(404);
        Assert.Equal("ok", (await api.Http.GetStringAsync("/readyz", Cancel)));
    }

    private static readonly Dictionary<string, string> ExpectedColumns = new()
    {
        ["/api/v1/services"] = "Name:string:0 Type:string:0 Cluster-IP:string:0 External-IP:string:0 Port(s):string:0 Age:string:0 Selector:string:1",
        ["/api/v1/endpoints"] = "Name:string:0 Endpoints:string:0 Age:string:0",
        ["/api/v1/configmaps"] = "Name:string:0 Data:string:0 Age:string:0",
        ["/api/v1/secrets"] = "Name:string:0 Type:string:0 Data:string:0 Age:string:0",
        ["/api/v1/nodes"] = "Name:string:0 Status:string:0 Roles:string:0 Age:string:0 Version:string:0 Internal-IP:string:1 External-IP:string:1 OS-Image:string:1 Kernel-Version:string:1 Container-Runtime:string:1",
        ["/api/v1/namespaces"] = "Name:string:0 Status:string:0 Age:string:0",
        ["/api/v1/events"] = "Last Seen:string:0 Type:string:0 Reason:string:0 Object:string:0 Subobject:string:1 Source:string:1 Message:string:0 First Seen:string:1 Count:string:1 Name:string:1",
        ["/api/v1/serviceaccounts"] = "Name:string:0 Age:string:0",
        ["/apis/apps/v1/deployments"] = "Name:string:0 Ready:string:0 Up-to-date:string:0 Available:string:0 Age:string:0 Containers:string:1 Images:string:1 Selector:string:1",
        ["/apis/apps/v1/replicasets"] = "Name:string:0 Desired:integer:0 Current:integer:0 Ready:integer:0 Age:string:0 Containers:string:1 Images:string:1 Selector:string:1",
        ["/apis/coordination.k8s.io/v1/leases"] = "Name:string:0 Holder:string:0 Age:string:0",
        ["/apis/discovery.k8s.io/v1/endpointslices"] = "Name:string:0 AddressType:string:0 Ports:string:0 Endpoints:string:0 Age:string:0",
        ["/apis/autoscaling/v2/horizontalpodautoscalers"] = "Name:string:0 Reference:string:0 Targets:string:0 MinPods:string:0 MaxPods:string:0 Replicas:string:0 Age:string:0",
        ["/apis/apiextensions.k8s.io/v1/customresourcedefinitions"] = "Name:string:0 Created At:date:0",
    };

    private async Task CheckWidgetsAsync(string path, string group)
    {
        string Widget(string spec) => $$"""{"apiVersion":"{{group}}/v1","kind":"Widget","metadata":{"generateName":"w-"},"spec":{{spec}}}""";
        var good = (await SendRawAsync("POST", path, Widget("""{"color":"red","port":"http","free":{"any":[1]},"gone":1}"""))).Expect(201);
        Assert.Equal(3, good.Number("spec/size"));
        Assert.Null(good.Node("spec/gone"));
        Assert.Equal("1", good.Text("spec/free/any/0"));
        var missing = (await SendRawAsync("POST", path, Widget("{}"))).Expect(422);
        Assert.Equal("spec.color", missing.Text("details/causes/0/field"));
        Assert.Equal("FieldValueRequired", missing.Text("details/causes/0/reason"));
        var wrong = (await SendRawAsync("POST", path, Widget("""{"color":"green"}"""))).Expect(422);
        Assert.Contains("spec.color: Unsupported value: \"green\": supported values: \"red\", \"blue\"", wrong.Text("message"), StringComparison.Ordinal);
        var low = (await SendRawAsync("POST", path, Widget("""{"color":"red","size":-1}"""))).Expect(422);
        Assert.Contains("spec.size in body should be greater than or equal to 0", low.Text("message"), StringComparison.Ordinal);
        var name = good.Text("metadata/name");
        (await PatchAsync($"{path}/{name}/status", Merge, """{"status":{"conditions":[{"type":"Ready","status":"True"}]}}""")).Expect(200);
        Assert.Equal(5, (await PatchAsync($"{path}/{name}/scale", Merge, """{"spec":{"replicas":5}}""")).Expect(200).Number("spec/replicas"));
        var table = (await GetAsync($"{path}/{name}", TableType)).Expect(200);
        Assert.Equal([name, "5", "True"], table.Node("rows/0/cells")!.AsArray().Select(cell => cell!.ToString()));
    }
}
