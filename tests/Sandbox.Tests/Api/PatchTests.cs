using System.Text.Json.Nodes;
using Knative.Xds.Sandbox.Api.Patching;
using Knative.Xds.Sandbox.Api.Schemas;
using Knative.Xds.Sandbox.Api.Serving;

namespace Knative.Xds.Sandbox.Tests.Api;

public sealed class PatchTests
{
    [Theory]
    [InlineData("""{"a":1}""", """[{"op":"add","path":"/b","value":2}]""", """{"a":1,"b":2}""")]
    [InlineData("""{"a":[1,3]}""", """[{"op":"add","path":"/a/1","value":2},{"op":"add","path":"/a/-","value":4}]""", """{"a":[1,2,3,4]}""")]
    [InlineData("""{"a":{"b":1}}""", """[{"op":"copy","from":"/a","path":"/c"},{"op":"remove","path":"/a"}]""", """{"c":{"b":1}}""")]
    [InlineData("""{"a":1}""", """[{"op":"replace","path":"/a","value":null}]""", """{"a":null}""")]
    [InlineData("""{"a~b/c":1}""", """[{"op":"move","from":"/a~0b~1c","path":"/d"}]""", """{"d":1}""")]
    public void JsonPatch_Operations_Apply(string before, string patch, string after)
    {
        var document = Parse(before);
        JsonPatch.Apply(document, (JsonArray)JsonNode.Parse(patch)!);
        Assert.Equal(after, document.ToJsonString());
    }

    [Theory]
    [InlineData("""[{"op":"remove","path":"/none"}]""")]
    [InlineData("""[{"op":"replace","path":"/none","value":1}]""")]
    [InlineData("""[{"op":"test","path":"/a","value":2}]""")]
    [InlineData("""[{"op":"add","path":"/list/7","value":2}]""")]
    [InlineData("""[{"op":"add","path":"","value":{}}]""")]
    [InlineData("""[{"op":"dance","path":"/a"}]""")]
    [InlineData("""[{"op":"add"}]""")]
    public void JsonPatch_Impossible_IsInvalid(string patch) =>
        Assert.Equal(422, Assert.Throws<ApiException>(() => JsonPatch.Apply(Parse("""{"a":1,"list":[1]}"""), (JsonArray)JsonNode.Parse(patch)!)).Code);

    [Fact]
    public void MergePatch_NestedNulls_Remove()
    {
        var document = Parse("""{"a":{"b":1,"c":2},"d":[1]}""");
        MergePatch.Apply(document, Parse("""{"a":{"b":null,"e":{"f":null,"g":1}},"d":[2]}"""));
        Assert.Equal("""{"a":{"c":2,"e":{"g":1}},"d":[2]}""", document.ToJsonString());
    }

    [Theory]
    [InlineData("""{"containers":[{"name":"a","image":"1"}]}""", """{"containers":[{"name":"b"},{"name":"a","image":"2"}]}""", """{"containers":[{"name":"a","image":"2"},{"name":"b"}]}""")]
    [InlineData("""{"containers":[{"name":"a"},{"name":"b"}]}""", """{"containers":[{"name":"a","$patch":"delete"}]}""", """{"containers":[{"name":"b"}]}""")]
    [InlineData("""{"containers":[{"name":"a"},{"name":"b"}]}""", """{"$setElementOrder/containers":[{"name":"b"},{"name":"a"}]}""", """{"containers":[{"name":"b"},{"name":"a"}]}""")]
    [InlineData("""{"nodeSelector":{"a":"1","b":"2"}}""", """{"nodeSelector":{"$patch":"replace","c":"3"}}""", """{"nodeSelector":{"c":"3"}}""")]
    [InlineData("""{"containers":[{"name":"a","command":["x"]}]}""", """{"containers":[{"name":"a","command":["y"]}]}""", """{"containers":[{"name":"a","command":["y"]}]}""")]
    [InlineData("""{"tolerations":[{"key":"a"}]}""", """{"tolerations":[{"key":"b"}]}""", """{"tolerations":[{"key":"b"}]}""")]
    public void StrategicMerge_PodSpec_FollowsItsSchema(string before, string patch, string after)
    {
        var document = Parse(before);
        StrategicMerge.Apply(document, Parse(patch), BuiltInTypes.Get("core.v1.PodSpec"));
        Assert.Equal(after, document.ToJsonString());
    }

    [Fact]
    public void StrategicMerge_ScalarList_DeletesAndAdds()
    {
        var document = Parse("""{"finalizers":["a","b"]}""");
        StrategicMerge.Apply(document, Parse("""{"$deleteFromPrimitiveList/finalizers":["a"],"finalizers":["c"]}"""), BuiltInTypes.Get(BuiltInTypes.ObjectMeta));
        Assert.Equal("""{"finalizers":["b","c"]}""", document.ToJsonString());
    }

    private static JsonObject Parse(string json) => (JsonObject)JsonNode.Parse(json)!;
}
