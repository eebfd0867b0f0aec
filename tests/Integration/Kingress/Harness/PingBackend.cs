using Grpc.Core;

namespace Knative.Xds.Integration.Kingress.Harness;

/// <summary>Answers every message with itself and the backend's name; "fail" fails.</summary>
internal sealed class PingBackend(BackendName name) : Ping.PingBase
{
    public override Task<PingMessage> Once(PingMessage request, ServerCallContext context) => request.Text == "fail"
        ? throw new RpcException(new Status(StatusCode.ResourceExhausted, "too much"))
        : Task.FromResult(Reply(request));

    public override async Task Stream(IAsyncStreamReader<PingMessage> requestStream, IServerStreamWriter<PingMessage> responseStream, ServerCallContext context)
    {
        await foreach (var message in requestStream.ReadAllAsync())
        {
            await responseStream.WriteAsync(Reply(message));
        }
    }

    private PingMessage Reply(PingMessage request) => new() { Text = $"{request.Text} {name.Value}" };
}
