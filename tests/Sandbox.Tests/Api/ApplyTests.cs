using System.Text.Json.Nodes;
using Knative.Xds.Sandbox.Api.Applying;
using Knative.Xds.Sandbox.Api.Schemas;

namespace Knative.Xds.Sandbox.Tests.Api;

public sealed class ApplyTests
{
    private static readonly Schema PodSpec = BuiltInTypes.Get("core.v1.PodSpec");

    [Fact]
    public void FieldTree_OfListMap_NamesElementsByKey()
    {
        var tree = FieldTree.Of(JsonNode.Parse("""{"containers":[{"name":"a","ports":[{"containerPort":80}]}],"nodeSelector":{"x":"y"}}"""), PodSpec);
        Assert.Equal(
            """{"f:containers":{"k:{\"name\":\"a\"}":{".":{},"f:name":{},"f:ports":{"k:{\"containerPort\":80,\"protocol\":\"TCP\"}":{".":{},"f:containerPort":{}}}}},"f:nodeSelector":{}}""",
            tree.ToJson().ToJsonString(new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping }));
    }

    [Fact]
    public void FieldTree_Json_ReadsBack()
    {
        const string Fields = """{"f:a":{".":{},"f:b":{}},"f:c":{}}""";
        Assert.Equal(Fields, FieldTree.Parse((JsonObject)JsonNode.Parse(Fields)!).ToJson().ToJsonString());
    }

    [Fact]
    public void FieldTree_Sets_AddAndTakeAway()
    {
        var left = Tree("""{"f:a":{},"f:b":{"f:c":{}}}""");
        var right = Tree("""{"f:b":{"f:c":{},"f:d":{}}}""");
        Assert.Equal("""{"f:a":{}}""", left.Except(right).ToJson().ToJsonString());
        Assert.Equal("""{"f:b":{"f:c":{}}}""", left.Intersect(right).ToJson().ToJsonString());
        Assert.Equal("""{"f:a":{},"f:b":{"f:c":{},"f:d":{}}}""", left.Union(right).ToJson().ToJsonString());
    }

    [Fact]
    public void FieldDifference_ListMap_FindsChangedAndRemovedElements()
    {
        var (changed, removed) = FieldDifference.Between(
            JsonNode.Parse("""{"containers":[{"name":"a","image":"1"},{"name":"b"}]}"""),
            JsonNode.Parse("""{"containers":[{"name":"a","image":"2"}]}"""),
            PodSpec);
        Assert.Equal([""".containers[name="a"].image"""], changed.Paths());
        Assert.Contains(""".containers[name="b"]""", removed.Paths());
    }

    private static FieldTree Tree(string json) => FieldTree.Parse((JsonObject)JsonNode.Parse(json)!);
}
