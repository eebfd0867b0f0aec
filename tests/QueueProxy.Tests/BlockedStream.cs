namespace Knative.Xds.QueueProxy.Tests;

/// <summary>Standard output that nobody reads, until the test lets it.</summary>
internal sealed class BlockedStream : MemoryStream
{
    private readonly TaskCompletionSource _released = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public void Release() => _released.TrySetResult();

    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        await _released.Task;
        await base.WriteAsync(buffer, cancellationToken);
    }
}
