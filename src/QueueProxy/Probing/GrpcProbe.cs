using System.Buffers.Binary;
using System.Net;
using System.Net.Http.Headers;
using System.Text;

namespace Knative.Xds.QueueProxy.Probing;

/// <summary>One call of grpc.health.v1.Health/Check; SERVING is ready.</summary>
/// <remarks>By hand, as both messages have one field: a gRPC library would outweigh the proxy. Source: grpc/grpc doc/health-checking.md.</remarks>
internal static class GrpcProbe
{
    private const int FrameHeader = 5;
    private const byte ServiceField = (1 << 3) | 2;
    private const byte StatusField = 1 << 3;
    private const byte Serving = 1;

    public static async Task<bool> TryAsync(HttpMessageInvoker client, UserProbe probe, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri($"http://{HttpProbe.Authority(probe)}/grpc.health.v1.Health/Check"));
        request.Version = HttpVersion.Version20;
        request.VersionPolicy = HttpVersionPolicy.RequestVersionExact;
        request.Headers.TE.Add(new TransferCodingWithQualityHeaderValue("trailers"));
        request.Content = new ByteArrayContent(Encode(probe.GrpcService));
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/grpc");
        using var response = await client.SendAsync(request, cancellationToken);
        var body = await response.Content.ReadAsByteArrayAsync(cancellationToken);
        return response.IsSuccessStatusCode && IsServing(body);
    }

    private static byte[] Encode(string service)
    {
        var name = Encoding.UTF8.GetBytes(service);
        List<byte> message = [];
        if (name.Length > 0)
        {
            message.Add(ServiceField);
            for (var length = (uint)name.Length; ; length >>= 7)
            {
                message.Add((byte)(length < 0x80 ? length : length | 0x80));
                if (length < 0x80)
                    break;
            }

            message.AddRange(name);
        }

        var frame = new byte[FrameHeader + message.Count];
        BinaryPrimitives.WriteInt32BigEndian(frame.AsSpan(1), message.Count);
        message.CopyTo(frame, FrameHeader);
        return frame;
    }

    private static bool IsServing(ReadOnlySpan<byte> body) =>
        body.Length >= FrameHeader + 2 && body[0] == 0 && body[FrameHeader] == StatusField && body[FrameHeader + 1] == Serving;
}
