using System.Diagnostics;
using System.Runtime.CompilerServices;

namespace Knative.Xds.Testing;

/// <summary>Waits for conditions instead of sleeping.</summary>
public static class Eventually
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(10);

    /// <summary>Waits until <paramref name="condition"/> holds; fails the test, naming the expression, after <paramref name="within"/> (default 10 s).</summary>
    public static Task TrueAsync(Func<bool> condition, TimeSpan? within = null, [CallerArgumentExpression(nameof(condition))] string expression = "") =>
        TrueAsync(() => Task.FromResult(condition()), within, expression);

    /// <summary>Waits until the awaited <paramref name="condition"/> holds.</summary>
    public static async Task TrueAsync(Func<Task<bool>> condition, TimeSpan? within = null, [CallerArgumentExpression(nameof(condition))] string expression = "")
    {
        var limit = within ?? TimeSpan.FromSeconds(10);
        var started = Stopwatch.GetTimestamp();
        using var timer = new PeriodicTimer(Interval);
        while (!await condition().ConfigureAwait(false))
        {
            if (Stopwatch.GetElapsedTime(started) > limit)
            {
                throw new TimeoutException($"Not true within {limit}: {expression}");
            }

            await timer.WaitForNextTickAsync().ConfigureAwait(false);
        }
    }

    /// <summary>Waits until <paramref name="probe"/> returns something other than null, and returns it.</summary>
    public static async Task<T> NotNullAsync<T>(Func<Task<T?>> probe, TimeSpan? within = null, [CallerArgumentExpression(nameof(probe))] string expression = "") where T : class
    {
        T? found = null;
        await TrueAsync(async () => (found = await probe().ConfigureAwait(false)) is not null, within, expression).ConfigureAwait(false);
        return found!;
    }

    /// <summary>Fails the test when <paramref name="task"/> takes longer than <paramref name="limit"/>.</summary>
    public static Task<T> Within<T>(this Task<T> task, TimeSpan limit) => task.WaitAsync(limit);

    /// <summary>Fails the test when <paramref name="task"/> takes longer than <paramref name="limit"/>.</summary>
    public static Task Within(this Task task, TimeSpan limit) => task.WaitAsync(limit);
}
