using System.Text;
using System.Text.Json.Nodes;
using Knative.Xds.Sandbox.Api;
using Knative.Xds.Testing;

namespace Knative.Xds.Sandbox.Tests.Api;

public sealed class SandboxApiStartTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("kxds-api-data-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData("0.0.0.0:0", "not a loopback address")]
    [InlineData("nonsense", "not address:port")]
    public async Task Start_AddressBeyondLoopback_IsRefused(string listen, string reason)
    {
        var problem = await Assert.ThrowsAsync<ArgumentException>(() => SandboxApi.StartAsync(new SandboxApiOptions { Listen = listen }, null, TimeProvider.System, TestContext.Current.CancellationToken));
        Assert.Contains(reason, problem.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Start_DataDirectory_BringsObjectsBack()
    {
        string version;
        await using (var first = await StartAsync())
        {
            using var http = new HttpClient { BaseAddress = first.Address };
            version = await CreateAsync(http, "kept");
            await CreateAsync(http, "dropped");
            (await http.DeleteAsync("/api/v1/namespaces/default/configmaps/dropped", TestContext.Current.CancellationToken)).EnsureSuccessStatusCode();
        }

        await File.AppendAllTextAsync(Path.Combine(_folder, "objects.jsonl"), "{\"kind\":\"configmaps\",\"key\":\"default/to", TestContext.Current.CancellationToken);
        await using var second = await StartAsync();
        using var again = new HttpClient { BaseAddress = second.Address };
        var list = JsonNode.Parse(await again.GetStringAsync("/api/v1/namespaces/default/configmaps", TestContext.Current.CancellationToken))!;
        var kept = Assert.Single(list["items"]!.AsArray())!;
        Assert.Equal("kept", kept["metadata"]!["name"]!.ToString());
        Assert.Equal(version, kept["metadata"]!["resourceVersion"]!.ToString());
        Assert.True(long.Parse(list["metadata"]!["resourceVersion"]!.ToString()) > long.Parse(version));
    }

    [Theory]
    [InlineData("1")]
    [InlineData("9000000000000000")]
    public async Task Watch_FromAnotherLife_IsGone(string version)
    {
        await using var api = await StartAsync();
        using var http = new HttpClient { BaseAddress = api.Address };
        var line = await http.GetStringAsync($"/api/v1/configmaps?watch=1&resourceVersion={version}", TestContext.Current.CancellationToken).Within(TimeSpan.FromSeconds(30));
        Assert.Contains("\"code\":410", line, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Dispose_OpenWatch_DoesNotWait()
    {
        var api = await StartAsync();
        using var http = new HttpClient { BaseAddress = api.Address };
        using var answer = await http.GetAsync("/api/v1/configmaps?watch=1", HttpCompletionOption.ResponseHeadersRead, TestContext.Current.CancellationToken);
        await api.DisposeAsync().AsTask().Within(TimeSpan.FromSeconds(20));
    }

    private Task<SandboxApi> StartAsync() => SandboxApi.StartAsync(new SandboxApiOptions { DataDirectory = _folder }, null, TimeProvider.System, TestContext.Current.CancellationToken);

    private static async Task<string> CreateAsync(HttpClient http, string name)
    {
        using var content = new StringContent($$$"""{"metadata":{"name":"{{{name}}}"}}""", Encoding.UTF8, "application/json");
        using var answer = (await http.PostAsync("/api/v1/namespaces/default/configmaps", content, TestContext.Current.CancellationToken)).EnsureSuccessStatusCode();
        return JsonNode.Parse(await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken))!["metadata"]!["resourceVersion"]!.ToString();
    }
}
