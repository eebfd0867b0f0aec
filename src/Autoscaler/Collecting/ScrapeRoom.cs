namespace Knative.Xds.Autoscaler.Collecting;

/// <summary>How many scrapes run at a time: each takes connections, of which a process may have only so many. Where there is no room the others wait, as a machine that cannot keep up
/// must not begin ever more. Those that failed last time, or were slow, have a part of it to themselves: however many are slow, nobody waits for them.</summary>
/// <remarks>Threading: safe.</remarks>
internal sealed class ScrapeRoom(int most) : IDisposable
{
    // Some pods are asked for each, and there must be files left for everything else.
    private const int FilesPerScrape = 16;
    private const int Least = 64;
    private const int FailingPart = 4;
    private readonly SemaphoreSlim _room = new(most);
    private readonly SemaphoreSlim _failing = new(Math.Max(1, most / FailingPart));

    /// <summary>The room that a process has with so many files.</summary>
    public static ScrapeRoom For(int files) => new(Math.Max(Least, files / FilesPerScrape));

    /// <summary>Takes a place, after a while if need be; false when there is none for one that failed.</summary>
    public async ValueTask<bool> EnterAsync(bool failing, CancellationToken cancellationToken)
    {
        if (failing)
        {
            return await _failing.WaitAsync(TimeSpan.Zero, cancellationToken);
        }

        await _room.WaitAsync(cancellationToken);
        return true;
    }

    public void Leave(bool failing) => (failing ? _failing : _room).Release();

    public void Dispose()
    {
        _room.Dispose();
        _failing.Dispose();
    }
}
