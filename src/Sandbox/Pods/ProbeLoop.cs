using k8s.Models;

namespace Knative.Xds.Sandbox.Pods;

/// <summary>Runs one probe of a container at its period, and reports each change of its verdict.</summary>
/// <remarks>The first probe comes right after initialDelaySeconds. While nothing listens yet at all, it is tried again in between the regular
/// ones, so that a container is seen as ready when it is, and not up to a period later; such a try never counts as a failure.</remarks>
internal sealed class ProbeLoop(V1Probe probe, Func<CancellationToken, Task<ProbeResult>> run, Action<bool, string?> onVerdict, Action<string> onFailure, TimeProvider time)
{
    private static readonly TimeSpan FirstRetry = TimeSpan.FromMilliseconds(2);
    private static readonly TimeSpan LongestRetry = TimeSpan.FromMilliseconds(20);
    private readonly TimeSpan _period = TimeSpan.FromSeconds(probe.PeriodSeconds is > 0 and var seconds ? seconds : 10);
    private ProbeThreshold _state;
    private bool _answered;

    /// <summary>Runs until the token fires, or, with <paramref name="untilSuccess"/>, until the first good verdict.</summary>
    public async Task RunAsync(bool untilSuccess, CancellationToken cancellationToken)
    {
        await Task.Delay(TimeSpan.FromSeconds(probe.InitialDelaySeconds ?? 0), time, cancellationToken);
        while (true)
        {
            var due = time.GetUtcNow() + _period;
            Count(await run(cancellationToken));
            if (!_answered)
            {
                await TryUntilAsync(due, cancellationToken);
            }

            if (untilSuccess && _state.Verdict == true)
            {
                return;
            }

            if (due - time.GetUtcNow() is var rest && rest > TimeSpan.Zero)
            {
                await Task.Delay(rest, time, cancellationToken);
            }
        }
    }

    private async Task TryUntilAsync(DateTimeOffset due, CancellationToken cancellationToken)
    {
        for (var pause = FirstRetry; time.GetUtcNow() + pause < due; pause = pause < LongestRetry ? pause * 1.25 : LongestRetry)
        {
            await Task.Delay(pause, time, cancellationToken);
            var result = await run(cancellationToken);
            if (!result.NobodyThere)
            {
                Count(result);
                return;
            }
        }
    }

    private void Count(ProbeResult result)
    {
        _answered |= !result.NobodyThere;
        var before = _state.Verdict;
        _state = _state.After(result.Succeeded, probe.SuccessThreshold ?? 1, probe.FailureThreshold ?? 3);
        if (!result.Succeeded && _answered)
        {
            onFailure(result.Problem!);
        }

        if (_state.Verdict is { } verdict && verdict != before)
        {
            onVerdict(verdict, result.Problem);
        }
    }
}
