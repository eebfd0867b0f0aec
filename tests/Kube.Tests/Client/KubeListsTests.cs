using System.Text;
using k8s.Models;
using Knative.Xds.Core.Model;
using Knative.Xds.Kube.Client;

namespace Knative.Xds.Kube.Tests.Client;

public sealed class KubeListsTests
{
    [Fact]
    public void ReadPage_MembersInAnyOrder_AreFound()
    {
        var page = Read("""{"items":[{"metadata":{"namespace":"ns","name":"a"}}],"kind":"List","odd":{"items":[1]},"metadata":{"resourceVersion":"7","continue":"next"}}""");

        Assert.Equal("a", Assert.Single(page.Items).Metadata.Name);
        Assert.Equal(("7", "next"), (page.ResourceVersion, page.ContinueToken));
    }

    [Theory]
    [InlineData("""{"metadata":{"resourceVersion":"7","continue":""},"items":[]}""")]
    [InlineData("""{"metadata":{"resourceVersion":"7"},"items":null}""")]
    [InlineData("""{"metadata":{"resourceVersion":"7"}}""")]
    public void ReadPage_LastAndEmpty_HasNoItemsAndNoToken(string json)
    {
        var page = Read(json);

        Assert.Empty(page.Items);
        Assert.Null(page.ContinueToken);
        Assert.Equal("7", page.ResourceVersion);
    }

    [Fact]
    public void ReadPage_ObjectThatDoesNotFit_CostsItselfAlone()
    {
        var page = Read("""{"metadata":{},"items":[{"metadata":{"namespace":"ns","name":"bad"},"spec":{"ports":3}},{"metadata":{"name":"good"},"spec":{"ports":[{"port":80}]}},null,4]}""");

        Assert.Equal("good", Assert.Single(page.Items).Metadata.Name);
        Assert.Equal([new ObjectKey("ns", "bad"), new ObjectKey("", ""), new ObjectKey("", "")], page.Undecodable.Select(item => item.Key));
    }

    [Fact]
    public void ReadPage_FillsInWhatItemsOfAListLack()
    {
        var item = Assert.Single(Read("""{"metadata":{},"items":[{}]}""").Items);

        Assert.Equal(("v1", "Service"), (item.ApiVersion, item.Kind));
        Assert.NotNull(item.Metadata);
    }

    [Theory]
    [InlineData("""{"kind":"List","metadata":{"resourceVersion":"7","continue":"next"},"items":[{"metadata":{"continue":"odd"}}]}""", "next")]
    [InlineData("""{"kind":"List","metadata":{"resourceVersion":"7"},"items":[]}""", null)]
    [InlineData("""{"items":[{"metadata":{"continue":"odd"}}],"metadata":{"continue":"next"}}""", null)]
    public void TokenBeforeItems_IsThatOfTheList(string json, string? token) => Assert.Equal(token, KubeLists.TokenBeforeItems(Encoding.UTF8.GetBytes(json)));

    private static ObjectPage<V1Service> Read(string json) => KubeLists.ReadPage<V1Service>(Encoding.UTF8.GetBytes(json));
}
