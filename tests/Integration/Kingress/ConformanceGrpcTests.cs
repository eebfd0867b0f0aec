using Grpc.Core;
using Knative.Xds.Integration.Kingress.Harness;

namespace Knative.Xds.Integration.Kingress;

/// <summary>Upstream's rows on gRPC.</summary>
public sealed class ConformanceGrpcTests(SharedKingressWorld shared)
{
    private const int Messages = 100;
    private const int MaxStreams = 100;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    [Conformance("grpc")]
    public async Task Stream_AuthorityWithPort_EveryMessageIsAnswered()
    {
        await using var ns = await shared.NamespaceAsync();
        await ns.Http2BackendAsync("ping");
        await ns.ReadyAsync("grpc", Spec.External(ns.Host("grpc"), Spec.All(Spec.To("ping"))));
        using var channel = ns.External.Grpc($"{ns.Host("grpc")}:80");
        using var call = new Ping.PingClient(channel).Stream(cancellationToken: Cancel);

        for (var i = 0; i < Messages; i++)
        {
            Assert.Equal($"message {i} ping", await AskAsync(call, $"message {i}"));
        }

        await call.RequestStream.CompleteAsync();
        Assert.False(await call.ResponseStream.MoveNext(Cancel));
        Assert.Equal(StatusCode.OK, call.GetStatus().StatusCode);
    }

    [Fact]
    [Conformance("grpc/split")]
    public async Task FiftyFifty_OneConnection_StreamsAreSplitAndStayWhereTheyAre()
    {
        await using var ns = await shared.NamespaceAsync();
        await ns.Http2BackendAsync("blue");
        await ns.Http2BackendAsync("green");
        await ns.ReadyAsync("split", Spec.External(ns.Host("split"), Spec.All(Spec.To("blue", 50), Spec.To("green", 50))));
        using var channel = ns.External.Grpc($"{ns.Host("split")}:80");
        var client = new Ping.PingClient(channel);
        var seen = new HashSet<string>();

        for (var stream = 0; stream < MaxStreams && seen.Count < 2; stream++)
        {
            using var call = client.Stream(cancellationToken: Cancel);
            var first = await AskAsync(call, "which");
            seen.Add(first);
            for (var i = 0; i < 10; i++)
            {
                Assert.Equal(first, await AskAsync(call, "which"));
            }
        }

        Assert.Equal(["which blue", "which green"], seen.Order());
    }

    private static async Task<string> AskAsync(AsyncDuplexStreamingCall<PingMessage, PingMessage> call, string text)
    {
        await call.RequestStream.WriteAsync(new PingMessage { Text = text }, Cancel);
        Assert.True(await call.ResponseStream.MoveNext(Cancel));
        return call.ResponseStream.Current.Text;
    }
}
