using System.Net;
using System.Net.Sockets;
using Knative.Xds.Activator.Tests.Fakes;
using Knative.Xds.Testing;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;

namespace Knative.Xds.Activator.Tests.Serving;

public sealed class DrainTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task Stop_DuringTheDrain_ServesOnButSaysUnhealthy_AndWaitsForWhatIsInFlight()
    {
        var release = new TaskCompletionSource();
        await using var pod = await FakePod.StartAsync(async context =>
        {
            if (context.Request.Path == "/slow")
            {
                await release.Task;
            }

            await context.Response.WriteAsync("hello");
        });
        var time = new FakeTimeProvider();
        await using var activator = await TestActivator.StartAsync(options => options.DrainDelay = TimeSpan.FromSeconds(45), builder => builder.Services.AddSingleton<TimeProvider>(time));
        activator.AddRevision();
        activator.SetPods(pod.Endpoint());
        var slow = activator.Client.GetStringAsync("/slow", TestContext.Current.CancellationToken);
        await Eventually.TrueAsync(() => activator.State.InFlight == 1);

        var stopping = activator.App.StopAsync(TestContext.Current.CancellationToken);
        await Eventually.TrueAsync(async () => await ProbeAsync(activator) == (HttpStatusCode.InternalServerError, "received SIGTERM from kubelet\n"));
        Assert.Equal("hello", await activator.Client.GetStringAsync("/", TestContext.Current.CancellationToken));
        time.Advance(TimeSpan.FromSeconds(45));
        Assert.False(stopping.IsCompleted);
        release.SetResult();

        Assert.Equal("hello", await slow.Within(Limit));
        await stopping.Within(Limit);
    }

    [Fact]
    public async Task Stop_WithConnectionsThatSaidNothing_DoesNotWaitForThem()
    {
        await using var activator = await TestActivator.StartAsync();
        using var silent = new TcpClient();
        await silent.ConnectAsync(activator.Http1, TestContext.Current.CancellationToken);
        using var half = new TcpClient();
        await half.ConnectAsync(activator.Http2, TestContext.Current.CancellationToken);
        await half.GetStream().WriteAsync("PRI * HT"u8.ToArray(), TestContext.Current.CancellationToken);
        using var probe = await activator.Client.GetAsync("/", TestContext.Current.CancellationToken);

        await activator.App.StopAsync(TestContext.Current.CancellationToken).Within(Limit);
    }

    private static async Task<(HttpStatusCode Status, string Body)> ProbeAsync(TestActivator activator)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/");
        request.Headers.TryAddWithoutValidation("User-Agent", "kube-probe/1.30");
        using var response = await activator.Client.SendAsync(request, TestContext.Current.CancellationToken);
        return (response.StatusCode, await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
    }
}
