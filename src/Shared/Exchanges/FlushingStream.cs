namespace Knative.Xds.Exchanges;

/// <summary>Flushes after every write.</summary>
internal sealed class FlushingStream(Stream inner) : OneWayStream
{
    public override bool CanWrite => true;

    public override Task FlushAsync(CancellationToken cancellationToken) => inner.FlushAsync(cancellationToken);

    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        await inner.WriteAsync(buffer, cancellationToken);
        await inner.FlushAsync(cancellationToken);
    }
}
