using System.Text;
using System.Text.Json;
using CsCheck;
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
    [InlineData("")]
    [InlineData("""{"metadata":{},"items":[{"metadata":{"name":"a"}}""")]
    [InlineData("<html>")]
    public async Task ReadPage_WhatIsNoWholeList_IsAnError(string json)
    {
        Assert.ThrowsAny<JsonException>(() => Read(json));
        await Assert.ThrowsAnyAsync<JsonException>(() => ReadInPartsAsync(json));
    }

    [Fact]
    public void Read_PartsOfAnySize_GiveTheSamePage()
    {
        const string Json = """{ "kind":"List","metadata":{"resourceVersion":"7","continue":"next"}, "items" : [ {"metadata":{"name":"a"},"spec":{"ports":[{"port":80}]}} ,null, {"metadata":{"name":"b\u00e9"}}],"odd":[{"items":[1]},"é"] } """;
        var utf8 = Encoding.UTF8.GetBytes(Json);
        var whole = KubeLists.ReadPage<V1Service>(utf8);

        Gen.Int[1, utf8.Length].Array[1, 20].Sample(sizes =>
        {
            var list = new ListReader<V1Service>();
            var (start, end) = (0, 0);
            for (var part = 0; end < utf8.Length; part++)
            {
                end = Math.Min(utf8.Length, end + sizes[part % sizes.Length]);
                start += list.Read(utf8.AsSpan(start, end - start), end == utf8.Length);
            }

            Assert.Equal(["a", "bé"], list.Page.Items.Select(item => item.Metadata.Name));
            Assert.Equal(("7", "next"), (list.Page.ResourceVersion, list.Page.ContinueToken));
            Assert.Equal(whole.Undecodable, list.Page.Undecodable);
        });
    }

    [Theory]
    [InlineData(10, 100)]
    [InlineData(3_000, 200)]
    [InlineData(2, 400_000)]
    public async Task ReadPageAsync_ListsAndObjectsOfAnySize_AreRead(int count, int size)
    {
        var items = string.Join(',', Enumerable.Range(0, count).Select(i => $$"""{"metadata":{"annotations":{"a":"{{new string('x', size)}}"},"name":"{{i}}"} }"""));

        var page = await ReadInPartsAsync($$"""{"metadata":{"resourceVersion":"7"},"items":[{{items}}]}""");

        Assert.Equal(Enumerable.Range(0, count).Select(i => $"{i}"), page.Items.Select(item => item.Metadata.Name));
        Assert.All(page.Items, item => Assert.Equal(size, item.Metadata.Annotations["a"].Length));
    }

    private static async Task<ObjectPage<V1Service>> ReadInPartsAsync(string json)
    {
        using var stream = new MemoryStream(Encoding.UTF8.GetBytes(json));
        return await KubeLists.ReadPageAsync<V1Service>(buffer => Task.FromResult(stream.Read(buffer.Span)));
    }

    private static ObjectPage<V1Service> Read(string json) => KubeLists.ReadPage<V1Service>(Encoding.UTF8.GetBytes(json));
}
