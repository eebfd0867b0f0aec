using Knative.Xds.Testing;

namespace Knative.Xds.QueueProxy.Tests;

/// <summary>Waits for what has moved to move no more.</summary>
internal static class Standstill
{
    private const int Looks = 30;

    /// <summary>Waits until the position has been the same for a while, and the condition holds.</summary>
    public static Task ReachedAsync(Func<long> position, Func<Task<bool>> condition, TimeSpan within)
    {
        var (last, same) = (0L, 0);
        return Eventually.TrueAsync(
            async () =>
            {
                var now = position();
                (last, same) = (now, now == last && now > 0 ? same + 1 : 0);
                return same >= Looks && await condition();
            },
            within);
    }
}
