using System.Net;
using System.Text.Json;
using Knative.Xds.Integration.Kingress.Harness;

namespace Knative.Xds.Integration.Kingress;

/// <summary>What a gateway shows to those who can reach it.</summary>
public sealed class AdminDefectTests(SharedKingressWorld shared)
{
    [Theory]
    [Defect(24)]
    [InlineData("/drain_listeners")]
    [InlineData("/quitquitquit")]
    [InlineData("/healthcheck/fail")]
    [InlineData("/config_dump")]
    public async Task Defect24_AdminCommandsAtTheListeners_404(string command)
    {
        await using var ns = await shared.NamespaceAsync();
        foreach (var gateway in new[] { ns.External, ns.Local })
        {
            foreach (var host in new[] { ns.Host("any"), "127.0.0.1", "localhost", "internalkourier" })
            {
                var answer = await gateway.SendAsync(new HttpRequestMessage(HttpMethod.Post, $"http://{host}{command}"));

                Assert.Equal(404, answer.Code);
            }
        }
    }

    [Fact]
    [Defect(24)]
    public async Task Defect24_AdminInterface_IsOnLoopbackAlone()
    {
        var world = await shared.WorldAsync();
        var admin = await world.Envoy.AdminAsync();
        using var http = new HttpClient { BaseAddress = admin };

        var listeners = JsonDocument.Parse(await http.GetStringAsync(new Uri("listeners?format=json", UriKind.Relative), TestContext.Current.CancellationToken));

        Assert.True(IPAddress.IsLoopback(IPAddress.Parse(admin.Host)));
        var names = listeners.RootElement.GetProperty("listener_statuses").EnumerateArray().Select(listener => listener.GetProperty("name").GetString());
        Assert.Equal(["external", "external-tls", "local", "local-tls"], names.Order());
    }
}
