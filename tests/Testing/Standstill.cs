namespace Knative.Xds.Testing;

/// <summary>Waits for what has moved to move no more.</summary>
public static class Standstill
{
    private const int Looks = 30;

    /// <summary>Waits until the position has been the same for a while, and the condition holds.</summary>
    /// <param name="position">How far it has come.</param>
    /// <param name="condition">Looked at once it stands still: a busy machine stands still for a while too.</param>
    /// <param name="within">Fails the test after that time.</param>
    public static Task ReachedAsync(Func<long> position, Func<Task<bool>> condition, TimeSpan within)
    {
        var (last, same) = (0L, 0);
        return Eventually.TrueAsync(
            async () =>
            {
                var now = position();
                (last, same) = (now, now == last && now > 0 ? same + 1 : 0);
                return same >= Looks && await condition().ConfigureAwait(false);
            },
            within);
    }
}
