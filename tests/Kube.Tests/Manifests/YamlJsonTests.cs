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

    [Theory]
    [InlineData("a: {b: c\rd: {e: f}")]
    [InlineData("zat:htchLabels: {a: b\rls: {a: b}")]
    public void Text_ThatThePackageStumblesOver_IsNoYaml(string text)
    {
        Assert.Throws<FormatException>(() => YamlJson.ParseAll(text));
        Assert.Throws<FormatException>(() => ConfigYaml.Parse(text));
    }

    [Fact]
    public void Text_NestedWithoutEnd_IsRefused()
    {
        var text = new string('[', 1_000_000);

        Assert.Equal("line 1, column 501: more than 500 levels", Assert.Throws<FormatException>(() => YamlJson.ParseAll(text)).Message);
        Assert.Throws<FormatException>(() => ConfigYaml.Parse(text));
    }

    [Theory]
    [InlineData("a: &x [*x]")]
    [InlineData("a: &x {b: [{c: *x}]}")]
    public void Text_ThatContainsItself_IsRefused(string text)
    {
        Assert.Contains("x contains itself", Assert.Throws<FormatException>(() => YamlJson.ParseAll(text)).Message, StringComparison.Ordinal);
        Assert.Throws<FormatException>(() => ConfigYaml.Parse(text));
    }

    [Fact]
    public void Aliases_ThatMultiply_AreRefused()
    {
        var lines = Enumerable.Range(1, 9).Select(level => $"l{level}: &l{level} [{string.Join(", ", Enumerable.Repeat($"*l{level - 1}", 9))}]");
        var text = $"l0: &l0 [{string.Join(", ", Enumerable.Repeat("lol", 9))}]\n{string.Join('\n', lines)}";

        Assert.Contains("more than 1000000 nodes", Assert.Throws<FormatException>(() => YamlJson.ParseAll(text)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Aliases_StandForWhatTheyName() =>
        Assert.Equal("""{"a":{"b":[1,2]},"c":{"b":[1,2]},"d":[1,2],"e":"f","g":"f"}""", YamlJson.ParseAll("a: &a {b: &b [1, 2]}\nc: *a\nd: *b\ne: &e f\ng: *e\n")[0].ToJsonString());
}
