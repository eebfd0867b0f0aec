using System.Threading.Channels;
using Microsoft.AspNetCore.Http;

namespace Knative.Xds.QueueProxy.Tests;

/// <summary>A user container's handler that parks every request until the test lets it go on.</summary>
internal sealed class Gate
{
    private readonly Channel<bool> _open = Channel.CreateUnbounded<bool>();
    private int _inside;
    private int _most;

    public int Inside => Volatile.Read(ref _inside);

    public int Most => Volatile.Read(ref _most);

    public void Open(int requests)
    {
        for (var request = 0; request < requests; request++)
            _open.Writer.TryWrite(true);
    }

    public async Task HandleAsync(HttpContext context)
    {
        var inside = Interlocked.Increment(ref _inside);
        InterlockedMax(inside);
        try
        {
            await _open.Reader.ReadAsync(context.RequestAborted);
            await context.Response.WriteAsync("done");
        }
        finally
        {
            Interlocked.Decrement(ref _inside);
        }
    }

    private void InterlockedMax(int value)
    {
        for (var seen = Most; value > seen; seen = Most)
            Interlocked.CompareExchange(ref _most, value, seen);
    }
}
