using System.Net;
using Knative.Xds.Testing;

namespace Knative.Xds.Integration.Activation;

/// <summary>A crowd that comes at once to a revision at zero, through the real Envoy: the activator is connected to as often as there are requests.</summary>
public sealed class BurstTests
{
    private const int Crowd = 5_000;
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(120);

    [Fact]
    public async Task FiveThousandRequestsAtOnce_ToARevisionAtZero_AllWaitAndAreAllAnswered()
    {
        RealComponents.OrSkip(RealComponents.Envoy, "envoy");
        await using var fleet = await Fleet.StartAsync();
        await using var activator = await fleet.ActivatorAsync();
        await fleet.JoinAsync(activator);
        await fleet.InEffectAsync();

        var requests = Enumerable.Range(0, Crowd).Select(i => SendAsync(fleet, i)).ToArray();

        var waiting = 0;
        await Eventually.TrueAsync(
            async () =>
            {
                waiting = await activator.WaitingAsync();
                return waiting == Crowd || requests.Any(request => request.IsCompleted);
            },
            Limit);
        Assert.Equal((Crowd, []), (waiting, requests.Where(request => request.IsCompleted).Select(request => request.Result).Take(3).ToArray()));
        await fleet.PodAsync();
        Assert.All((await Task.WhenAll(requests).Within(Limit)).Index(), entry => Assert.Equal((HttpStatusCode.OK, $"/burst/{entry.Index}"), entry.Item));
        Assert.Equal(Crowd, fleet.Served);
    }

    // POST, as nothing but a connection that was never made may be tried again for it.
    private static async Task<(HttpStatusCode Status, string Body)> SendAsync(Fleet fleet, int number)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, $"/burst/{number}") { Version = HttpVersion.Version20, VersionPolicy = HttpVersionPolicy.RequestVersionExact };
        using var response = await fleet.Client.SendAsync(request, TestContext.Current.CancellationToken);
        return (response.StatusCode, await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
    }
}
