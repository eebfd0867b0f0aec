using System.Text;
using Knative.Xds.Autoscaler.Collecting;
using Knative.Xds.Autoscaler.Collecting.Direct;
using Knative.Xds.Core.Stats;

namespace Knative.Xds.Autoscaler.Tests.Collecting;

public sealed class PodClientTests : IDisposable
{
    private static readonly byte[] Body = StatCodec.Encode(new Stat { PodName = "hello-1", AverageConcurrentRequests = 3, RequestCount = 5 });
    private readonly ScriptedPod _pod = new();
    private readonly StatClient _whole = new(TimeProvider.System);
    private readonly PodClient _client;

    public PodClientTests() => _client = new PodClient(_whole, TimeProvider.System, _pod.Port, 1000);

    [Fact]
    public async Task Ask_PlainAnswers_UseOneConnection()
    {
        for (var i = 0; i < 20; i++)
        {
            _pod.Answers.Enqueue(Plain());
            var answer = await AskAsync();
            Assert.Equal((ScrapeFailure.None, "hello-1", 3, 5), (answer.Failure, answer.Stat.PodName, answer.Stat.AverageConcurrentRequests, answer.Stat.RequestCount));
        }

        Assert.Equal(1, _pod.Connections);
        Assert.Equal($"GET /metrics HTTP/1.1\r\nHost: 127.0.0.1:{_pod.Port}\r\nAccept: application/protobuf\r\n\r\n", _pod.LastRequest);
    }

    // Only where pods share an address is more than one asked at a time.
    [Fact]
    public async Task Ask_ManyAtOnce_KeepsAllTheirConnections()
    {
        const int AtOnce = 100;
        for (var round = 1; round <= 3; round++)
        {
            var asked = Enumerable.Range(0, AtOnce).Select(_ => AskAsync().AsTask()).ToList();
            await Testing.Eventually.TrueAsync(() => _pod.Requests == round * AtOnce, TimeSpan.FromSeconds(60));
            _pod.AnswerAll(Plain());
            Assert.All(await Task.WhenAll(asked), answer => Assert.Equal(ScrapeFailure.None, answer.Failure));
        }

        Assert.Equal((AtOnce, AtOnce), (_pod.Connections, _client.OpenConnections));
    }

    // A process that has no file left ends.
    [Fact]
    public async Task Ask_MoreAtOnceThanThereAreFilesFor_KeepsHalfAndTakesThreeQuarters()
    {
        using var client = new PodClient(_whole, TimeProvider.System, _pod.Port, 16);
        var asked = Enumerable.Range(0, 20).Select(_ => client.AskAsync("127.0.0.1", TestContext.Current.CancellationToken).AsTask()).ToList();
        await Testing.Eventually.TrueAsync(() => _pod.Requests == 12, TimeSpan.FromSeconds(60));
        _pod.AnswerAll(Plain());

        var answers = await Task.WhenAll(asked);

        Assert.Equal((12, 8), (answers.Count(answer => answer.Failure == ScrapeFailure.None), answers.Count(answer => answer.Failure == ScrapeFailure.Transport)));
        Assert.Equal(8, client.OpenConnections);
    }

    [Fact]
    public async Task Ask_AnswerInPieces_IsPutTogether()
    {
        _pod.PieceSize = 5;
        _pod.Answers.Enqueue(Plain());

        Assert.Equal(ScrapeFailure.None, (await AskAsync()).Failure);
    }

    [Fact]
    public async Task Ask_ConnectionClosedMeanwhile_OpensAnother()
    {
        _pod.Answers.Enqueue(Plain());
        await AskAsync();
        _pod.CloseConnections();
        _pod.Answers.Enqueue(Plain());

        Assert.Equal(ScrapeFailure.None, (await AskAsync()).Failure);
        Assert.Equal(2, _pod.Connections);
    }

    [Fact]
    public async Task Ask_PodThatClosesEachTime_IsAskedAnew()
    {
        for (var i = 0; i < 3; i++)
        {
            _pod.Answers.Enqueue(Plain("Connection: close\r\n"));
            Assert.Equal(ScrapeFailure.None, (await AskAsync()).Failure);
        }

        Assert.Equal(3, _pod.Connections);
        Assert.Equal(0, _client.OpenConnections);
    }

    [Fact]
    public async Task Ask_ChunkedAnswer_GoesThroughAWholeClient()
    {
        var chunked = Encoding.ASCII.GetBytes($"HTTP/1.1 200 OK\r\nContent-Type: application/protobuf\r\nTransfer-Encoding: chunked\r\n\r\n{Body.Length:x}\r\n");
        byte[] answer = [.. chunked, .. Body, .. "\r\n0\r\n\r\n"u8];
        _pod.Answers.Enqueue(answer);
        _pod.Answers.Enqueue(answer);
        _pod.Answers.Enqueue(answer);

        Assert.Equal((ScrapeFailure.None, "hello-1"), (await AskAsync()) is var first ? (first.Failure, first.Stat.PodName) : default);
        Assert.Equal(ScrapeFailure.None, (await AskAsync()).Failure);
    }

    [Theory]
    [InlineData("HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n", ScrapeFailure.MaybeMesh)]
    [InlineData("HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n", ScrapeFailure.MaybeMesh)]
    [InlineData("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n", ScrapeFailure.Status)]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 0\r\n\r\n", ScrapeFailure.UnsupportedContentType)]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Type: application/protobuf\r\nContent-Length: 1\r\n\r\nx", ScrapeFailure.Unmarshal)]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Type: application/protobuf\r\nContent-Length: 0\r\n\r\n", ScrapeFailure.None)]
    public async Task Ask_OtherAnswers_AreTold(string text, object outcome)
    {
        _pod.Answers.Enqueue(Encoding.ASCII.GetBytes(text));

        Assert.Equal((ScrapeFailure)outcome, (await AskAsync()).Failure);
    }

    [Fact]
    public async Task Ask_HugeBody_IsCutLikeUpstreamCutsIt()
    {
        var body = new byte[100_000];
        Body.CopyTo(body, 0);
        _pod.Answers.Enqueue([.. Encoding.ASCII.GetBytes($"HTTP/1.1 200 OK\r\nContent-Type: application/protobuf\r\nContent-Length: {body.Length}\r\n\r\n"), .. body]);

        // Tag 0 follows the stat.
        Assert.Equal(ScrapeFailure.Unmarshal, (await AskAsync()).Failure);
        Assert.Equal(0, _client.OpenConnections);
    }

    [Fact]
    public async Task Ask_HugeHead_IsLeftToTheWholeClient()
    {
        var answer = Plain($"X-Padding: {new string('x', 3000)}\r\n");
        _pod.Answers.Enqueue(answer);
        _pod.Answers.Enqueue(answer);

        Assert.Equal(ScrapeFailure.None, (await AskAsync()).Failure);
    }

    [Fact]
    public async Task Ask_NoAnswer_EndsInTime()
    {
        var time = new Microsoft.Extensions.Time.Testing.FakeTimeProvider();
        using var whole = new StatClient(time);
        using var client = new PodClient(whole, time, _pod.Port, 1000);
        var asked = client.AskAsync("127.0.0.1", TestContext.Current.CancellationToken).AsTask();
        await Testing.Eventually.TrueAsync(() => _pod.Requests == 1);
        Assert.False(asked.IsCompleted);

        time.Advance(TimeSpan.FromSeconds(4));

        Assert.Equal(ScrapeFailure.Transport, (await asked.WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken)).Failure);
        Assert.Equal(0, client.OpenConnections);
    }

    [Fact]
    public async Task Ask_ConnectionUnusedForLong_IsClosed()
    {
        var time = new Microsoft.Extensions.Time.Testing.FakeTimeProvider();
        using var whole = new StatClient(time);
        using var client = new PodClient(whole, time, _pod.Port, 1000);
        _pod.Answers.Enqueue(Plain());
        await client.AskAsync("127.0.0.1", TestContext.Current.CancellationToken);
        Assert.Equal(1, client.OpenConnections);

        for (var i = 0; i < 250; i++)
        {
            time.Advance(TimeSpan.FromMilliseconds(500));
        }

        Assert.Equal(0, client.OpenConnections);
    }

    [Fact]
    public async Task Ask_NobodyThere_SaysSo()
    {
        using var nobody = new PodClient(_whole, TimeProvider.System, 1, 1000);

        Assert.Equal(ScrapeFailure.Transport, (await nobody.AskAsync("127.0.0.1", TestContext.Current.CancellationToken)).Failure);
        Assert.Equal(ScrapeFailure.Transport, (await nobody.AskAsync("no address", TestContext.Current.CancellationToken)).Failure);
        Assert.Equal(0, nobody.OpenConnections);
    }

    public void Dispose()
    {
        _client.Dispose();
        _whole.Dispose();
        _pod.Dispose();
    }

    private static byte[] Plain(string header = "") =>
        [.. Encoding.ASCII.GetBytes($"HTTP/1.1 200 OK\r\nContent-Type: application/protobuf\r\n{header}Content-Length: {Body.Length}\r\n\r\n"), .. Body];

    private ValueTask<StatAnswer> AskAsync() => _client.AskAsync("127.0.0.1", TestContext.Current.CancellationToken);
}
