using Knative.Xds.XdsServer.Fleets;

namespace Knative.Xds.XdsServer.Tests.Fleets;

public sealed class LabelQueryTests
{
    private static readonly Dictionary<string, string> Labels = new() { ["env"] = "prod", ["app.kubernetes.io/tier"] = "front", ["empty"] = "" };

    [Theory]
    [InlineData("", true)]
    [InlineData("env=prod", true)]
    [InlineData("env==prod", true)]
    [InlineData("env = dev", false)]
    [InlineData("env!=dev", true)]
    [InlineData("env!=prod", false)]
    [InlineData("missing!=x", true)]
    [InlineData("env in (dev, prod)", true)]
    [InlineData("env in (dev)", false)]
    [InlineData("env notin (dev,test)", true)]
    [InlineData("env notin (prod)", false)]
    [InlineData("missing notin (x)", true)]
    [InlineData("missing in (x)", false)]
    [InlineData("env", true)]
    [InlineData("!env", false)]
    [InlineData("!missing", true)]
    [InlineData("empty=", true)]
    [InlineData("app.kubernetes.io/tier=front,env in (prod,dev),!missing", true)]
    [InlineData("app.kubernetes.io/tier=front,env in (test,dev)", false)]
    public void Selects_IsAsKubectlSelects(string selector, bool expected) => Assert.Equal(expected, LabelQuery.Parse(selector).Selects(Labels));

    [Theory]
    [InlineData("env in prod")]
    [InlineData("a b")]
    [InlineData("env=prod,=x")]
    public void Parse_Malformed_QuotesThePart(string selector)
    {
        var error = Assert.Throws<FormatException>(() => LabelQuery.Parse(selector));

        Assert.Contains('"' + selector.Split(',')[^1] + '"', error.Message, StringComparison.Ordinal);
    }
}
