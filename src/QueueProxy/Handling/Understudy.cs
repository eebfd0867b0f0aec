using Knative.Xds.Exchanges;

namespace Knative.Xds.QueueProxy.Handling;

/// <summary>Stands in for a connection to the user container: takes any request, and says that all is well.</summary>
internal sealed class Understudy : OneWayStream
{
    private int _said;

    public override bool CanRead => true;

    public override bool CanWrite => true;

    private static ReadOnlySpan<byte> Answer => "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok"u8;

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        // As on a socket, there is nothing yet when it is asked for.
        await Task.Yield();
        return Say(buffer.Span);
    }

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) => ValueTask.CompletedTask;

    public override Task FlushAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    private int Say(Span<byte> buffer)
    {
        var count = Math.Min(buffer.Length, Answer.Length - _said);
        Answer.Slice(_said, count).CopyTo(buffer);
        _said += count;
        return count;
    }
}
