using System.Text.Json.Nodes;
using Knative.Xds.Sandbox.Api.Kinds;
using Knative.Xds.Sandbox.Api.Selecting;
using Knative.Xds.Sandbox.Api.Serving;

namespace Knative.Xds.Sandbox.Tests.Api;

public sealed class SelectorTests
{
    private static readonly JsonObject Labelled = (JsonObject)JsonNode.Parse("""{"metadata":{"name":"x","namespace":"n","labels":{"app":"web","tier":"front","example.com/empty":""}}}""")!;

    [Theory]
    [InlineData("", true)]
    [InlineData("app=web", true)]
    [InlineData("app==web,tier!=back", true)]
    [InlineData("app=web,tier=back", false)]
    [InlineData("other!=x", true)]
    [InlineData("app in (a, web)", true)]
    [InlineData("app notin (web)", false)]
    [InlineData("other notin (web)", true)]
    [InlineData("app", true)]
    [InlineData("!app", false)]
    [InlineData("!other , app in (web),tier", true)]
    [InlineData("example.com/empty=", true)]
    public void LabelSelector_Terms_Choose(string selector, bool expected) => Assert.Equal(expected, LabelSelector.Parse(selector).Matches(Labelled));

    [Theory]
    [InlineData("a b")]
    [InlineData("app in web")]
    [InlineData("=x")]
    public void LabelSelector_Nonsense_IsBadRequest(string selector) => Assert.Equal(400, Assert.Throws<ApiException>(() => LabelSelector.Parse(selector)).Code);

    [Theory]
    [InlineData("metadata.name=x", true)]
    [InlineData("metadata.name!=x", false)]
    [InlineData("metadata.namespace==n,spec.nodeName=", true)]
    [InlineData("spec.nodeName!=", false)]
    public void FieldSelector_Terms_Choose(string selector, bool expected) => Assert.Equal(expected, FieldSelector.Parse(selector, Pods()).Matches(Labelled));

    [Fact]
    public void FieldSelector_UnknownField_IsBadRequest() => Assert.Equal(400, Assert.Throws<ApiException>(() => FieldSelector.Parse("spec.color=red", Pods())).Code);

    private static ResourceKind Pods() => BuiltInKinds.Create().Single(kind => kind.Plural == "pods");
}
