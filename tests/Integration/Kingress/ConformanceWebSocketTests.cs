using System.Net.WebSockets;
using System.Text;
using Knative.Xds.Integration.Kingress.Harness;

namespace Knative.Xds.Integration.Kingress;

/// <summary>Upstream's rows on websockets.</summary>
public sealed class ConformanceWebSocketTests(SharedKingressWorld shared)
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    [Conformance("websocket")]
    public async Task HundredMessages_EachIsAnswered()
    {
        await using var ns = await shared.NamespaceAsync();
        await ns.BackendAsync("echo");
        await ns.ReadyAsync("ws", Spec.External(ns.Host("ws"), Spec.All(Spec.To("echo"))));
        using var socket = await ns.External.WebSocketAsync(ns.Host("ws"), Cancel);

        for (var i = 0; i < 100; i++)
        {
            Assert.Equal($"hello {i} echo", await AskAsync(socket, $"hello {i}"));
        }

        await socket.CloseAsync(WebSocketCloseStatus.NormalClosure, null, Cancel);
        Assert.Equal(WebSocketState.Closed, socket.State);
    }

    [Fact]
    [Conformance("websocket/split")]
    public async Task FiftyFifty_DialsAreSplitAndStayWhereTheyAre()
    {
        await using var ns = await shared.NamespaceAsync();
        await ns.BackendAsync("blue");
        await ns.BackendAsync("green");
        await ns.ReadyAsync("ws", Spec.External(ns.Host("ws"), Spec.All(Spec.To("blue", 50), Spec.To("green", 50))));
        var seen = new HashSet<string>();

        for (var dial = 0; dial < 100 && seen.Count < 2; dial++)
        {
            using var socket = await ns.External.WebSocketAsync(ns.Host("ws"), Cancel);
            var first = await AskAsync(socket, "which");
            seen.Add(first);
            for (var i = 0; i < 10; i++)
            {
                Assert.Equal(first, await AskAsync(socket, "which"));
            }
        }

        Assert.Equal(["which blue", "which green"], seen.Order());
    }

    private static async Task<string> AskAsync(ClientWebSocket socket, string text)
    {
        await socket.SendAsync(Encoding.UTF8.GetBytes(text), WebSocketMessageType.Text, endOfMessage: true, Cancel);
        var buffer = new byte[256];
        var received = await socket.ReceiveAsync(buffer, Cancel);
        return Encoding.UTF8.GetString(buffer, 0, received.Count);
    }
}
