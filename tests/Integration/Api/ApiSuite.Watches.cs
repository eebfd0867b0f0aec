using System.Text.Json.Nodes;
using Knative.Xds.Testing;

namespace Knative.Xds.Integration.Api;

public abstract partial class ApiSuite
{
    [Fact]
    public async Task Watch_FromVersion_SendsChangesInOrder()
    {
        var space = await NamespaceAsync();
        var path = $"/api/v1/namespaces/{space}/secrets";
        var list = (await GetAsync(path)).Expect(200);
        await using var watch = await OpenWatchAsync($"{path}?watch=true&resourceVersion={list.Text("metadata/resourceVersion")}");
        (await SendAsync("POST", path, Object("""{"metadata":{"name":"s"}}"""))).Expect(201);
        (await PatchAsync($"{path}/s", Merge, """{"metadata":{"labels":{"a":"b"}}}""")).Expect(200);
        (await SendAsync("DELETE", $"{path}/s", null)).Expect(200);
        var added = await watch.NextAsync();
        var modified = await watch.NextAsync();
        var deleted = await watch.NextAsync();
        Assert.Equal(["ADDED", "MODIFIED", "DELETED"], new[] { added, modified, deleted }.Select(item => item["type"]!.ToString()));
        var versions = new[] { added, modified, deleted }.Select(item => long.Parse(item["object"]!["metadata"]!["resourceVersion"]!.ToString())).ToList();
        Assert.Equal(versions.Order(), versions);
        Assert.Equal(3, versions.Distinct().Count());
    }

    [Fact]
    public async Task Watch_Selector_TurnsLeavingIntoDeletion()
    {
        var space = await NamespaceAsync();
        var path = $"/api/v1/namespaces/{space}/configmaps";
        (await SendAsync("POST", path, ConfigMap("one", """{"a":"b"}"""))).Expect(201);
        var list = (await GetAsync(path)).Expect(200);
        await using var watch = await OpenWatchAsync($"{path}?watch=true&labelSelector=a%3Db&resourceVersion={list.Text("metadata/resourceVersion")}");
        (await PatchAsync($"{path}/one", Merge, """{"metadata":{"labels":{"a":"c"}}}""")).Expect(200);
        (await PatchAsync($"{path}/one", Merge, """{"metadata":{"labels":{"a":"b"}}}""")).Expect(200);
        Assert.Equal("DELETED", (await watch.NextAsync())["type"]!.ToString());
        Assert.Equal("ADDED", (await watch.NextAsync())["type"]!.ToString());
    }

    [Fact]
    public async Task Watch_WithoutVersion_StartsWithWhatIsThere()
    {
        var space = await NamespaceAsync();
        var path = $"/api/v1/namespaces/{space}/secrets";
        (await SendAsync("POST", path, Object("""{"metadata":{"name":"s"}}"""))).Expect(201);
        await using var watch = await OpenWatchAsync($"{path}?watch=true");
        var first = await watch.NextAsync();
        Assert.Equal("ADDED", first["type"]!.ToString());
        Assert.Equal("s", first["object"]!["metadata"]!["name"]!.ToString());
    }

    [Fact]
    public async Task Watch_StreamingList_EndsWithMarkedBookmark()
    {
        var space = await NamespaceAsync();
        var path = $"/api/v1/namespaces/{space}/secrets";
        (await SendAsync("POST", path, Object("""{"metadata":{"name":"s"}}"""))).Expect(201);
        await using var watch = await OpenWatchAsync($"{path}?watch=true&sendInitialEvents=true&allowWatchBookmarks=true&resourceVersionMatch=NotOlderThan");
        Assert.Equal("ADDED", (await watch.NextAsync())["type"]!.ToString());
        var bookmark = await watch.NextAsync();
        Assert.Equal("BOOKMARK", bookmark["type"]!.ToString());
        Assert.Equal("true", bookmark["object"]!["metadata"]!["annotations"]!["k8s.io/initial-events-end"]!.ToString());
    }

    [Fact]
    public async Task Watch_Timeout_EndsStream()
    {
        var space = await NamespaceAsync();
        await using var watch = await OpenWatchAsync($"/api/v1/namespaces/{space}/secrets?watch=true&timeoutSeconds=1");
        Assert.Null(await watch.NextOrEndAsync().Within(Patience));
    }

    private async Task<WatchReader> OpenWatchAsync(string path)
    {
        var answer = await api.Http.SendAsync(new HttpRequestMessage(HttpMethod.Get, path), HttpCompletionOption.ResponseHeadersRead, Cancel);
        Assert.Equal(200, (int)answer.StatusCode);
        return new WatchReader(answer, new StreamReader(await answer.Content.ReadAsStreamAsync(Cancel)));
    }

    private sealed class WatchReader(HttpResponseMessage answer, StreamReader lines) : IAsyncDisposable
    {
        public async Task<JsonNode> NextAsync() => await NextOrEndAsync().Within(Patience) ?? throw new InvalidOperationException("the watch ended");

        public async Task<JsonNode?> NextOrEndAsync() => await lines.ReadLineAsync(Cancel) is { } line ? JsonNode.Parse(line) : null;

        public ValueTask DisposeAsync()
        {
            lines.Dispose();
            answer.Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
