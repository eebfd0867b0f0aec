using Knative.Xds.Sandbox.Composition;

namespace Knative.Xds.EndToEnd;

public sealed class ContinuityTests
{
    private const int PerSecond = 100;
    private const int Rounds = 10;

    [Fact]
    public async Task Traffic_WhileSplitsFlipAndRevisionsGoToZeroAndBack_NeverFails()
    {
        var cancellationToken = TestContext.Current.CancellationToken;
        await using var sandbox = await SandboxFixture.StartAsync(GatewayChoice.Envoy, cancellationToken);
        await sandbox.WaitUntilReadyAsync();
        await using var load = new SteadyLoad(sandbox.CreateClient(), RunningSandbox.Host, PerSecond);

        // All traffic moves to one revision; the other idles to zero, and is woken by the next round under full load.
        for (var round = 0; round < Rounds; round++)
        {
            var toBlue = round % 2 == 0;
            await sandbox.SplitAsync(toBlue ? 100 : 0, cancellationToken);
            await sandbox.WaitForReadyPodAsync(toBlue ? RunningSandbox.Blue : RunningSandbox.Green);
            await sandbox.WaitForZeroAsync(toBlue ? RunningSandbox.Green : RunningSandbox.Blue, cancellationToken);
        }

        await load.StopAsync();
        Assert.True(load.Failures.Count == 0, string.Join("\n", load.Failures.Order()));
        Assert.Equal(load.Sent, load.Answers.Values.Sum());
        Assert.InRange(load.Rate, PerSecond * 0.95, PerSecond * 1.05);
        Assert.Equal([RunningSandbox.Blue, RunningSandbox.Green], load.Answers.Keys.Order());
    }

    [Fact]
    public async Task Traffic_WhileAllItsPodsAreTakenAwayAndItsSplitChangesTenTimes_NeverFails()
    {
        var cancellationToken = TestContext.Current.CancellationToken;
        await using var sandbox = await SandboxFixture.StartAsync(GatewayChoice.Envoy, cancellationToken);
        await sandbox.WaitUntilReadyAsync();
        await using var load = new SteadyLoad(sandbox.CreateClient(), RunningSandbox.Host, PerSecond);
        string[] revisions = [RunningSandbox.Blue, RunningSandbox.Green];

        for (var round = 0; round < Rounds; round++)
        {
            foreach (var revision in revisions)
            {
                await sandbox.WaitForReadyPodAsync(revision);
            }

            await Task.WhenAll(revisions.Select(revision => sandbox.ScaleToZeroByHandAsync(revision, cancellationToken)));
            await sandbox.SplitAsync(round % 2 == 0 ? 50 : 70, cancellationToken);
            var (sent, before) = (load.Sent, revisions.ToDictionary(revision => revision, load.Answers.GetValueOrDefault));
            await Testing.Eventually.TrueAsync(() => load.Sent > sent + PerSecond && revisions.All(revision => load.Answers.GetValueOrDefault(revision) > before[revision] + 20), TimeSpan.FromSeconds(60));
        }

        await load.StopAsync();
        Assert.True(load.Failures.Count == 0, string.Join("\n", load.Failures.Order()));
        Assert.Equal(load.Sent, load.Answers.Values.Sum());
        Assert.InRange(load.Rate, PerSecond * 0.95, PerSecond * 1.05);
    }
}
