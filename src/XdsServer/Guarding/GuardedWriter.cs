using Google.Protobuf;
using Grpc.Core;

namespace Knative.Xds.XdsServer.Guarding;

/// <summary>Writes a stream's responses; ends the stream when the client leaves one unread for too long.</summary>
/// <remarks>Threading: one writer.</remarks>
internal sealed class GuardedWriter<TResponse>(IServerStreamWriter<TResponse> inner, StreamGuard guard) : IServerStreamWriter<TResponse>
    where TResponse : class, IMessage
{
    /// <inheritdoc/>
    public WriteOptions? WriteOptions
    {
        get => inner.WriteOptions;
        set => inner.WriteOptions = value;
    }

    /// <inheritdoc/>
    public Task WriteAsync(TResponse message) => WriteAsync(message, CancellationToken.None);

    /// <inheritdoc/>
    public Task WriteAsync(TResponse message, CancellationToken cancellationToken)
    {
        guard.ExpectAnswer();
        var written = inner.WriteAsync(message, cancellationToken);
        return written.IsCompleted ? written : guard.ReadInTimeAsync(written, cancellationToken);
    }
}
