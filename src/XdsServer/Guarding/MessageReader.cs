using System.Buffers;
using System.Buffers.Binary;
using System.IO.Pipelines;
using Grpc.Core;
using Knative.Xds.XdsServer.Security;
using Microsoft.AspNetCore.Http.Features;

namespace Knative.Xds.XdsServer.Guarding;

/// <summary>Looks at the head of each message of a request before the rest of it is taken in: whether it is too large, or packed, so that nobody can tell how large it would be.</summary>
/// <remarks>gRPC reads whole messages, so that whatever it is given begins with the head of one: a byte that says whether it is packed, four of length
/// (gRPC over HTTP/2, "Length-Prefixed-Message"). Neither Envoy nor gRPC clients pack unasked.</remarks>
/// <param name="inner">The request's body.</param>
/// <param name="limit">Bytes of one message.</param>
internal sealed class MessageReader(PipeReader inner, long limit) : PipeReader, IRequestBodyPipeFeature
{
    private const int HeadSize = 5;

    /// <inheritdoc/>
    public PipeReader Reader => this;

    /// <summary>Puts itself before a request's body.</summary>
    public static void Guard(HttpContext context, XdsServerOptions options)
    {
        // By the open port, where nobody proves anything: a client's description of itself, and the names of all hosts that it may ask for.
        var limit = context.Features.Get<ClientPort>() is null ? options.MaxMessageBytes : options.MaxNodeBytes + ((long)options.MaxProxylessHosts * options.MaxNameLength);
        context.Features.Set<IRequestBodyPipeFeature>(new MessageReader(context.Request.BodyReader, limit));
    }

    /// <inheritdoc/>
    public override async ValueTask<ReadResult> ReadAsync(CancellationToken cancellationToken = default) => Checked(await inner.ReadAsync(cancellationToken));

    /// <inheritdoc/>
    public override bool TryRead(out ReadResult result)
    {
        var read = inner.TryRead(out result);
        result = read ? Checked(result) : result;
        return read;
    }

    /// <inheritdoc/>
    public override void AdvanceTo(SequencePosition consumed) => inner.AdvanceTo(consumed);

    /// <inheritdoc/>
    public override void AdvanceTo(SequencePosition consumed, SequencePosition examined) => inner.AdvanceTo(consumed, examined);

    /// <inheritdoc/>
    public override void CancelPendingRead() => inner.CancelPendingRead();

    /// <inheritdoc/>
    public override void Complete(Exception? exception = null) => inner.Complete(exception);

    private ReadResult Checked(ReadResult result)
    {
        if (result.Buffer.Length >= HeadSize && WhyNot(result.Buffer) is { } refusal)
        {
            inner.AdvanceTo(result.Buffer.Start);
            throw new RpcException(refusal);
        }

        return result;
    }

    private Status? WhyNot(ReadOnlySequence<byte> message)
    {
        Span<byte> head = stackalloc byte[HeadSize];
        message.Slice(0, HeadSize).CopyTo(head);
        var length = BinaryPrimitives.ReadUInt32BigEndian(head[1..]);
        return head[0] != 0 ? new Status(StatusCode.Unimplemented, "packed messages are not taken")
            : length > limit ? new Status(StatusCode.ResourceExhausted, $"a message of {length} bytes, more than the {limit} that this port takes")
            : null;
    }
}
