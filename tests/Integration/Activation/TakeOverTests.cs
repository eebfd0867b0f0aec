using System.Net;
using Knative.Xds.Testing;

namespace Knative.Xds.Integration.Activation;

/// <summary>What becomes of requests that wait in an activator that ends, with the real Envoy, real processes and real signals.</summary>
public sealed class TakeOverTests
{
    private const int Crowd = 5_000;
    private const int Part = 250;
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(90);

    [Fact]
    public async Task SigTerm_FiveThousandRequestsWaitAndAnotherActivatorTakesOver_EveryOneIsAnswered()
    {
        RealComponents.OrSkip(RealComponents.Envoy, "envoy");
        await using var fleet = await Fleet.StartAsync();
        await using var leaving = await fleet.ActivatorAsync();
        await fleet.JoinAsync(leaving);
        await fleet.InEffectAsync();
        var held = await FillAsync([leaving], i => SendAsync(fleet, i % 2 == 0 ? HttpMethod.Get : HttpMethod.Post, $"/held/{i}"));
        await using var staying = await fleet.ActivatorAsync();
        await fleet.JoinAsync(staying);

        await leaving.TerminateAsync();

        await Eventually.TrueAsync(async () => await leaving.KubeletProbeAsync() == (HttpStatusCode.InternalServerError, "received SIGTERM from kubelet\n"), Limit);
        await fleet.LeaveAsync(leaving);
        var later = Enumerable.Range(0, 100).Select(i => SendAsync(fleet, HttpMethod.Post, $"/later/{i}")).ToArray();
        await HeldAsync(Crowd + later.Length, [leaving, staying], [.. held, .. later]);
        await fleet.PodAsync();

        AssertAnswered(await Task.WhenAll(held).Within(Limit), "/held/");
        AssertAnswered(await Task.WhenAll(later).Within(Limit), "/later/");
        Assert.Equal(Crowd + later.Length, fleet.Served);
        Assert.Equal(0, await leaving.ExitedAsync());
    }

    [Fact]
    public async Task SigKill_FiveThousandRequestsWaitInTwoActivators_TheGatewaySendsTheIdempotentOnesToTheOther()
    {
        RealComponents.OrSkip(RealComponents.Envoy, "envoy");
        await using var fleet = await Fleet.StartAsync();
        await using var killed = await fleet.ActivatorAsync();
        await using var staying = await fleet.ActivatorAsync();
        await fleet.JoinAsync(killed);
        await fleet.JoinAsync(staying);
        await fleet.InEffectAsync();
        var held = await FillAsync([killed, staying], i => SendAsync(fleet, i % 2 == 0 ? HttpMethod.Get : HttpMethod.Put, $"/held/{i}"));
        var once = Enumerable.Range(0, 20).Select(i => SendAsync(fleet, HttpMethod.Post, $"/once/{i}")).ToArray();
        await HeldAsync(Crowd + once.Length, [killed, staying], [.. held, .. once]);
        Assert.InRange(await killed.WaitingAsync(), 100, Crowd);

        killed.Kill();

        // What may not be sent twice, and was in the activator that is gone, is answered by the gateway.
        try
        {
            await Eventually.TrueAsync(async () => await staying.WaitingAsync() == Crowd + once.Count(request => !request.IsCompleted), Limit);
        }
        catch (TimeoutException late)
        {
            var lost = held.Where(request => request.IsCompleted).ToArray();
            throw new TimeoutException($"{await staying.WaitingAsync()} wait, {lost.Length} idempotent ones have ended, such as {(lost.Length > 0 ? await lost[0] : default)}", late);
        }

        await fleet.PodAsync();
        AssertAnswered(await Task.WhenAll(held).Within(Limit), "/held/");
        var answers = await Task.WhenAll(once).Within(Limit);
        Assert.All(answers, answer => Assert.True(answer.Status is HttpStatusCode.OK or HttpStatusCode.ServiceUnavailable, $"{answer}"));
        Assert.Equal(Crowd + answers.Count(answer => answer.Status == HttpStatusCode.OK), fleet.Served);
    }

    /// <summary>Sends the crowd in parts, each once the one before waits: how fast connections can be opened is not what is tested.</summary>
    private static async Task<Task<(HttpStatusCode Status, string Body)>[]> FillAsync(ActivatorProcess[] activators, Func<int, Task<(HttpStatusCode Status, string Body)>> send)
    {
        var requests = new List<Task<(HttpStatusCode Status, string Body)>>();
        while (requests.Count < Crowd)
        {
            requests.AddRange(Enumerable.Range(requests.Count, Part).Select(send));
            await HeldAsync(requests.Count, activators, [.. requests]);
        }

        return [.. requests];
    }

    /// <summary>Waits until that many requests wait in these activators.</summary>
    private static async Task HeldAsync(int count, ActivatorProcess[] activators, Task<(HttpStatusCode Status, string Body)>[] requests)
    {
        int[] waiting = [];
        try
        {
            await Eventually.TrueAsync(
                async () =>
                {
                    waiting = await Task.WhenAll(activators.Select(activator => activator.WaitingAsync()));
                    return waiting.Sum() == count;
                },
                Limit);
        }
        catch (TimeoutException late)
        {
            var ended = requests.Where(request => request.IsCompleted).ToArray();
            throw new TimeoutException($"{string.Join('+', waiting)} of {count} wait, {ended.Length} have ended, such as {(ended.Length > 0 ? await ended[0] : default)}", late);
        }
    }

    private static async Task<(HttpStatusCode Status, string Body)> SendAsync(Fleet fleet, HttpMethod method, string path)
    {
        using var request = new HttpRequestMessage(method, path) { Version = HttpVersion.Version20, VersionPolicy = HttpVersionPolicy.RequestVersionExact };
        using var response = await fleet.Client.SendAsync(request, TestContext.Current.CancellationToken);
        return (response.StatusCode, await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
    }

    private static void AssertAnswered((HttpStatusCode Status, string Body)[] answers, string prefix) =>
        Assert.All(answers.Index(), entry => Assert.Equal((HttpStatusCode.OK, $"{prefix}{entry.Index}"), entry.Item));
}
