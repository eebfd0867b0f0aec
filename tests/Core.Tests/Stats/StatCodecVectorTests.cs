using System.Text;
using Knative.Xds.Core.Stats;
using Knative.Xds.Testing;

namespace Knative.Xds.Core.Tests.Stats;

[Trait(Vectors.Trait, Vectors.Category)]
public class StatCodecVectorTests
{
    [Fact]
    public void Encode_RecordedStats_GivesTheirBytes()
    {
        foreach (var item in VectorCases.OrSkip("stats-wire.json", "stats"))
        {
            var bytes = StatCodec.Encode(StatVectors.Read(item.GetProperty("stat")));

            Assert.Equal((item.Text("id"), item.Text("bytesBase64")), (item.Text("id"), Convert.ToBase64String(bytes)));
        }
    }

    [Fact]
    public void EncodeBatch_RecordedMessages_GivesTheirBytes()
    {
        foreach (var item in VectorCases.OrSkip("stats-wire.json", "messages"))
        {
            StatMessage[] messages = [.. item.GetProperty("messages").EnumerateArray().Select(StatVectors.ReadMessage)];

            var bytes = StatCodec.EncodeBatch(messages);

            Assert.Equal((item.Text("id"), item.Text("bytesBase64")), (item.Text("id"), Convert.ToBase64String(bytes)));
        }
    }

    [Fact]
    public void DecodeBatch_RecordedFrames_AcceptsTheSameMessages()
    {
        foreach (var item in VectorCases.OrSkip("stats-wire.json", "messageDecode"))
        {
            var messages = new List<StatMessage>();

            var error = StatCodec.DecodeBatch(item.GetProperty("bytesBase64").GetBytesFromBase64(), messages);

            var ok = item.GetProperty("ok").GetBoolean();
            var accepted = ok ? item.GetProperty("accepted").EnumerateArray().Select(StatVectors.ReadMessage).ToList() : [];
            Assert.True(ok == (error == StatDecodeError.None), $"{item.Text("id")}: {error}");
            Assert.True(messages.Select(Comparable).SequenceEqual(accepted.Select(Comparable)), item.Text("id"));
        }
    }

    [Fact]
    public void Decode_RecordedBodies_GivesTheSameStatOrError()
    {
        foreach (var item in VectorCases.OrSkip("stats-wire.json", "statDecode"))
        {
            var body = item.GetProperty("bodyBase64").GetBytesFromBase64();

            var error = StatCodec.Decode(body.AsSpan(0, Math.Min(body.Length, StatCodec.MaxScrapeBytes)), out var stat);

            Assert.Equal((item.Text("id"), item.Text("errorKind")), (item.Text("id"), Kind(error)));
            if (error == StatDecodeError.None)
            {
                Assert.Equal((item.Text("id"), Comparable(StatVectors.Read(item.GetProperty("stat")))), (item.Text("id"), Comparable(stat)));
            }
        }
    }

    // A text with invalid bytes may be replaced by another number of U+FFFD than in Go: that is no difference.
    private static StatMessage Comparable(StatMessage message) =>
        new(new(Collapse(message.Key.Namespace), Collapse(message.Key.Name)), Comparable(message.Stat));

    private static Stat Comparable(Stat stat) => stat with { PodName = Collapse(stat.PodName) };

    private static string Collapse(string text)
    {
        var collapsed = new StringBuilder(text.Length);
        foreach (var letter in text)
        {
            if (letter != '\uFFFD' || collapsed.Length == 0 || collapsed[^1] != letter)
            {
                collapsed.Append(letter);
            }
        }

        return collapsed.ToString();
    }

    private static string? Kind(StatDecodeError error) => error switch
    {
        StatDecodeError.None => null,
        StatDecodeError.UnexpectedEnd => "unexpectedEof",
        _ => "invalid",
    };
}
