using System.Buffers.Binary;
using System.Net;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Logging;

namespace Knative.Xds.Conformance.Proxyless;

/// <summary>A gRPC service over h2c that answers every unary call with its name.</summary>
internal sealed class GrpcEcho : IAsyncDisposable
{
    private readonly WebApplication _app;

    private GrpcEcho(WebApplication app) => _app = app;

    public int Port => new Uri(_app.Urls.First()).Port;

    public static async Task<GrpcEcho> StartAsync(string name)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0, listen => listen.Protocols = HttpProtocols.Http2));
        builder.Logging.ClearProviders();
        var app = builder.Build();
        app.Run(context => AnswerAsync(context, name));
        await app.StartAsync();
        return new GrpcEcho(app);
    }

    public async ValueTask DisposeAsync() => await _app.DisposeAsync();

    private static async Task AnswerAsync(HttpContext context, string name)
    {
        await context.Request.Body.CopyToAsync(Stream.Null, context.RequestAborted);
        context.Response.ContentType = "application/grpc";
        await context.Response.Body.WriteAsync(Message(name), context.RequestAborted);
        context.Response.AppendTrailer("grpc-status", "0");
    }

    // Five bytes come before a message: whether it is compressed, and its length.
    private static byte[] Message(string text)
    {
        var frame = new byte[5 + Encoding.UTF8.GetByteCount(text)];
        BinaryPrimitives.WriteInt32BigEndian(frame.AsSpan(1), frame.Length - 5);
        Encoding.UTF8.GetBytes(text, frame.AsSpan(5));
        return frame;
    }
}
