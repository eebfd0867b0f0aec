using Knative.Xds.Core.Model;
using Knative.Xds.Core.Stats;

namespace Knative.Xds.Core.Tests.Stats;

public class StatCodecTests
{
    // autoscaling.md §11.2
    private const string Batch = "0a370a0764656661756c74120b68656c6c6f2d30303030311a1f0a0b616374697661746f722d3111000000000000f03f21000000000000f03f";
    private const string Bare = "0a1a68656c6c6f2d30303030312d6465706c6f796d656e742d616263110000000000000840190000000000000040210000000000001440290000000000001040310000000000002940";

    private static readonly StatMessage Message = new(
        new ObjectKey("default", "hello-00001"),
        new Stat { PodName = "activator-1", AverageConcurrentRequests = 1, RequestCount = 1 });

    [Fact]
    public void EncodeBatch_OneMessage_GivesUpstreamsBytes() =>
        Assert.Equal(Batch, Convert.ToHexStringLower(StatCodec.EncodeBatch([Message])));

    [Fact]
    public void DecodeBatch_OwnBytes_GivesTheMessage()
    {
        var messages = new List<StatMessage>();

        var error = StatCodec.DecodeBatch(StatCodec.EncodeBatch([Message, Message]), messages);

        Assert.Equal(StatDecodeError.None, error);
        Assert.Equal([Message, Message], messages);
    }

    // Four bytes each, in memory twenty times as many.
    [Theory]
    [InlineData(3, StatDecodeError.None, 3)]
    [InlineData(4, StatDecodeError.TooMany, 0)]
    public void DecodeBatch_MoreThanItMayTake_TakesNone(int count, StatDecodeError expected, int taken)
    {
        var messages = new List<StatMessage>();

        var error = StatCodec.DecodeBatch([.. Enumerable.Repeat<byte[]>([0x0a, 0x02, 0x1a, 0x00], count).SelectMany(bytes => bytes)], messages, 3, 253, out var skipped);

        Assert.Equal((expected, taken, 0), (error, messages.Count, skipped));
    }

    [Fact]
    public void DecodeBatch_NamesThatCannotBe_SkipsTheirMessages()
    {
        var (longest, tooLong) = (new string('a', 253), new string('a', 254));
        var fits = new StatMessage(new ObjectKey(longest, longest), new Stat { PodName = longest });
        var messages = new List<StatMessage>();
        var bytes = StatCodec.EncodeBatch(
        [
            new StatMessage(new ObjectKey(tooLong, "hello"), new Stat { PodName = "pod" }),
            new StatMessage(new ObjectKey("default", tooLong), new Stat { PodName = "pod" }),
            new StatMessage(new ObjectKey("default", "hello"), new Stat { PodName = tooLong }),
            fits,
        ]);

        var error = StatCodec.DecodeBatch(bytes, messages, int.MaxValue, 253, out var skipped);

        Assert.Equal((StatDecodeError.None, 3), (error, skipped));
        Assert.Equal([fits], messages);
    }

    [Fact]
    public void Encode_BareStat_GivesUpstreamsBytes()
    {
        var stat = new Stat
        {
            PodName = "hello-00001-deployment-abc",
            AverageConcurrentRequests = 3,
            AverageProxiedConcurrentRequests = 2,
            RequestCount = 5,
            ProxiedRequestCount = 4,
            ProcessUptime = 12.5,
        };

        var bytes = StatCodec.Encode(stat);

        Assert.Equal(Bare, Convert.ToHexStringLower(bytes));
        Assert.Equal(StatDecodeError.None, StatCodec.Decode(bytes, out var decoded));
        Assert.Equal(stat, decoded);
    }

    [Fact]
    public void DecodeBatch_TruncatedFrame_AppendsNothing()
    {
        var bytes = StatCodec.EncodeBatch([Message, Message]);
        var messages = new List<StatMessage>();

        var error = StatCodec.DecodeBatch(bytes.AsSpan(0, bytes.Length - 1), messages);

        Assert.Equal(StatDecodeError.UnexpectedEnd, error);
        Assert.Empty(messages);
    }
}
