using System.Text.Json.Nodes;
using Knative.Xds.Kube.Manifests;

namespace Knative.Xds.Kube.Tests.Manifests;

public sealed class YamlJsonTests
{
    [Fact]
    public void ParseAll_PlainScalars_AreTypedByTheCoreSchema()
    {
        var document = Assert.Single(YamlJson.ParseAll("a: 1\nb: '1'\nc: true\nd: yes\ne: ~\nf: 1.5\ng: 1e3\nh: Infinity\ni: 6s\nj: -3\nk: \"\"\nl: [1, x]\nm: 1.\nn: 1.2.3\n"));

        Assert.Equal(
            """{"a":1,"b":"1","c":true,"d":"yes","e":null,"f":1.5,"g":1000,"h":"Infinity","i":"6s","j":-3,"k":"","l":[1,"x"],"m":1,"n":"1.2.3"}""",
            document.ToJsonString());
    }

    [Fact]
    public void ParseAll_ManyDocuments_LeavesOutEmptyOnes()
    {
        var documents = YamlJson.ParseAll("---\na: 1\n---\n---\nb: 2\n");

        Assert.Equal(["""{"a":1}""", """{"b":2}"""], documents.Select(document => document.ToJsonString()));
    }

    [Fact]
    public void ParseAll_Json_IsYaml() =>
        Assert.True(JsonNode.DeepEquals(JsonNode.Parse("""{"a":[1,{"b":"c"}]}"""), YamlJson.ParseAll("""{"a": [1, {"b": "c"}]}""")[0]));

    [Fact]
    public void ParseAll_BrokenYaml_SaysWhere()
    {
        var error = Assert.Throws<FormatException>(() => YamlJson.ParseAll("a: 1\nb: [\n"));

        Assert.StartsWith("line 3, column 1: ", error.Message, StringComparison.Ordinal);
    }
}
