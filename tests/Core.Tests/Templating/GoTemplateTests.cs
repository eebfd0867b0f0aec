using Knative.Xds.Core.Templating;

namespace Knative.Xds.Core.Tests.Templating;

public class GoTemplateTests
{
    private static readonly Dictionary<string, object?> Data = new()
    {
        ["Name"] = "a\"b<c>",
        ["Count"] = 3L,
        ["Latency"] = 0.0000123,
        ["On"] = true,
        ["Nothing"] = null,
        ["List"] = new List<object?> { "x", "y" },
        ["Map"] = new Dictionary<string, string> { ["k2"] = "v2", ["k1"] = "v1" },
        ["Inner"] = new Dictionary<string, object?> { ["Deep"] = "d" },
    };

    [Theory]
    [InlineData("plain } text", "plain } text")]
    [InlineData("{{.Count}} {{ .On }}", "3 true")]
    [InlineData("{{.Inner.Deep}}{{(.Inner).Deep}}{{$.Inner.Deep}}", "ddd")]
    [InlineData("{{.Nothing}} {{.Map.none}}", "<no value> <no value>")]
    [InlineData("{{js .Name}}", "a\\\"b\\u003Cc\\u003E")]
    [InlineData("{{.Name | html}}", "a&#34;b&lt;c&gt;")]
    [InlineData("{{urlquery \"a b&c\"}}", "a+b%26c")]
    [InlineData("{{.Latency}}s", "1.23e-05s")]
    [InlineData("{{print 1 2 \"x\" 3}}", "1 2x3")]
    [InlineData("{{println 1 \"x\"}}", "1 x\n")]
    [InlineData("{{printf \"%05.2f|%-4s|%4d|%q|%t|%x|%%\" 3.14159 \"ab\" 7 \"q\" true 255}}", "03.14|ab  |   7|\"q\"|true|ff|%")]
    [InlineData("{{printf \"%d\" \"x\"}} {{printf \"%s\"}}", "%!d(x) %!s(MISSING)")]
    [InlineData("{{if .On}}yes{{else}}no{{end}}", "yes")]
    [InlineData("{{if .Nothing}}yes{{else if eq .Count 3}}three{{else}}no{{end}}", "three")]
    [InlineData("{{if and .On (gt .Count 2) (not .Nothing)}}all{{end}}", "all")]
    [InlineData("{{or .Nothing \"b\"}} {{and .On 0}}", "b 0")]
    [InlineData("{{with .Inner}}{{.Deep}}{{$.Count}}{{end}}", "d3")]
    [InlineData("{{range .List}}[{{.}}]{{end}}", "[x][y]")]
    [InlineData("{{range $i, $v := .List}}{{$i}}={{$v}};{{end}}", "0=x;1=y;")]
    [InlineData("{{range $k, $v := .Map}}{{$k}}={{$v}};{{end}}", "k1=v1;k2=v2;")]
    [InlineData("{{range .Nothing}}a{{else}}none{{end}}", "none")]
    [InlineData("{{$x := 1}}{{if .On}}{{$x = 2}}{{end}}{{$x}}", "2")]
    [InlineData("a {{- /* gone */ -}} b {{- \"c\" -}} d", "abcd")]
    [InlineData("{{index .List 1}}{{index .Map \"k1\"}}{{len .List}}{{len \"é\"}}", "yv122")]
    [InlineData("{{eq .Count 1 2 3}} {{ne 1 2}} {{lt \"a\" \"b\"}} {{ge 2.5 2.5}}", "true true true true")]
    [InlineData("{{\"tab\\t\\u00e9\"}}{{`raw\\n`}}{{0x10}}{{1_000}}{{true}}", "tab\té" + "raw\\n161000true")]
    [InlineData("{{.Map}} {{.List}}", "map[k1:v1 k2:v2] [x y]")]
    public void Execute_EachConstruct_WritesWhatGoWrites(string template, string expected) => Assert.Equal(expected, GoTemplate.Parse(template).Execute(Data));

    [Theory]
    [InlineData(0.0, "0")]
    [InlineData(1.0, "1")]
    [InlineData(0.0001, "0.0001")]
    [InlineData(0.00001, "1e-05")]
    [InlineData(123456789.5, "1.234567895e+08")]
    [InlineData(1e20, "1e+20")]
    [InlineData(1e21, "1e+21")]
    [InlineData(-0.25, "-0.25")]
    public void Execute_Float_PrintsGosShortestForm(double number, string expected) =>
        Assert.Equal(expected, GoTemplate.Parse("{{.}}").Execute(number));

    [Theory]
    [InlineData("{{")]
    [InlineData("{{.A")]
    [InlineData("{{}}")]
    [InlineData("{{if .A}}")]
    [InlineData("{{end}}")]
    [InlineData("{{else}}")]
    [InlineData("{{foo}}")]
    [InlineData("{{$x}}")]
    [InlineData("{{\"open}}")]
    [InlineData("{{/* open")]
    [InlineData("{{1 | 2}}")]
    [InlineData("{{(1}}")]
    [InlineData("{{template \"a\"}}")]
    [InlineData("{{'\\z'}}")]
    [InlineData("{{.A ^}}")]
    [InlineData("{{$x = 1}}")]
    public void Parse_MalformedTemplate_SaysTheLine(string template) =>
        Assert.StartsWith("template line 1: ", Assert.Throws<GoTemplateException>(() => GoTemplate.Parse(template)).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("{{.Count.Deep}}")]
    [InlineData("{{.On 1}}")]
    [InlineData("{{lt 1 \"a\"}}")]
    [InlineData("{{index .List 5}}")]
    [InlineData("{{len 3}}")]
    [InlineData("{{range .Name}}{{end}}")]
    [InlineData("{{not}}")]
    public void Execute_DataThatDoesNotFit_IsAnError(string template)
    {
        var parsed = GoTemplate.Parse(template);

        Assert.Throws<GoTemplateException>(() => parsed.Execute(Data));
    }

    [Fact]
    public void Parse_DeepNesting_IsRefused() =>
        Assert.Throws<GoTemplateException>(() => GoTemplate.Parse(string.Concat(Enumerable.Repeat("{{if 1}}", 10_000))));
}
