using Knative.Xds.Core.Model;
using Knative.Xds.XdsServer.Replication;

namespace Knative.Xds.XdsServer.Tests.Replication;

public sealed class ReplicaStateTests
{
    // Two UTF-16 units.
    private const string Rocket = "\U0001F680";

    [Fact]
    public void WrittenAndRead_IsTheSame()
    {
        var state = ReplicaState.Of([("default", 3), ("idle", 0)], 42, new Dictionary<ObjectKey, string> { [new("ns", "a")] = "", [new("ns", "b")] = "no such thing" });

        var read = ReplicaState.Read(state.Write());

        Assert.True(read.IsLike(state));
        Assert.Equal(42, read.Seen);
        Assert.Equal(["default"], read.Gateways.Keys);
        Assert.Equal("no such thing", read.Open["ns/b"]);
    }

    [Fact]
    public void ManyOpenIngresses_FitAnAnnotation()
    {
        var open = Many(10_000).ToDictionary(key => key, key => key.Name.EndsWith('7') ? "" : new string('"', 500));

        var state = ReplicaState.Of([("default", 1)], 1, open);

        Assert.True(state.HasMore);
        Assert.False(state.IsSettled);
        Assert.Equal(500, state.Open.Values.Count(words => words.Length == 0));
        Assert.InRange(state.Write().Length, 1, 256 * 1024);
    }

    [Fact]
    public void ManyRefusedIngresses_AreNotMoreThatWait()
    {
        var state = ReplicaState.Of([("default", 1)], 1, Many(501).ToDictionary(key => key, _ => "no such thing"));

        Assert.False(state.HasMore);
        Assert.True(state.IsSettled);
        Assert.Equal(501, state.Open.Count);
        Assert.Equal(["no such thing"], state.Open.Values.Distinct());
    }

    [Fact]
    public void RefusedAndWaitingIngresses_ThoseThatWaitAreListedFirst()
    {
        var open = Many(10_000).ToDictionary(key => key, _ => "no such thing");
        open[new("ns", "waits")] = "";

        var state = ReplicaState.Of([("default", 1)], 1, open);

        Assert.Equal("", state.Open["ns/waits"]);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2_500)]
    public void RefusedIngressesThatFitWithoutWords_AreAllListed_AndTheFirstWithWordsStill(int count)
    {
        var state = ReplicaState.Of([("default", 1)], 1, Many(count).ToDictionary(key => key, _ => new string('x', 500)));

        Assert.False(state.HasMore);
        Assert.Equal(count, state.Open.Count);
        Assert.DoesNotContain("", state.Open.Values);
        Assert.StartsWith(new string('x', 24), state.Open.Values.First(), StringComparison.Ordinal);
        Assert.InRange(state.Write().Length, 1, 256 * 1024);
    }

    [Fact]
    public void MoreRefusedIngressesThanFit_AnyOtherMayBeRefusedToo()
    {
        var state = ReplicaState.Of([("default", 1)], 1, Many(10_000).ToDictionary(key => key, _ => "no such thing"));

        Assert.True(state.HasMore);
        Assert.InRange(state.Open.Count, 3_000, 9_999);
        Assert.DoesNotContain("", state.Open.Values);
        Assert.InRange(state.Write().Length, 1, 256 * 1024);
    }

    [Fact]
    public void WaitingIngressesWithTheLongestNames_LeaveRoomForRefusedOnes()
    {
        var name = new string('n', 240);
        var open = Enumerable.Range(0, 2_000).ToDictionary(i => new ObjectKey(new string('s', 63), $"{name}-{i}"), i => i < 500 ? "" : "no such thing");

        var state = ReplicaState.Of([("default", 1)], 1, open);

        Assert.True(state.HasMore);
        Assert.Equal(500, state.Open.Values.Count(words => words.Length == 0));
        Assert.InRange(state.Open.Count, 600, 1_999);
        Assert.InRange(state.Write().Length, 1, 256 * 1024);
    }

    [Theory]
    [InlineData(1, 59)]
    [InlineData(1, 300 - 141)]
    [InlineData(101, 23)]
    public void WordsWithACharacterAcrossACut_AreCutBesideIt(int refused, int at)
    {
        var words = $"{new string('x', at)}{Rocket}{new string('x', 300 - at - Rocket.Length)}";

        var state = ReplicaState.Of([("default", 1)], 1, Many(refused).ToDictionary(key => key, _ => words));

        var told = Assert.Single(state.Open.Values.Distinct());
        Assert.StartsWith(new string('x', Math.Min(at, 60)), told, StringComparison.Ordinal);
        Assert.True(ReplicaState.Read(state.Write()).IsLike(state));
    }

    [Fact]
    public void WordsWithHalfACharacter_AreWrittenWithAReplacementInItsPlace()
    {
        var state = ReplicaState.Of([("default", 1)], 1, new Dictionary<ObjectKey, string> { [new("ns", "a")] = $"no {Rocket[1]}thing" });

        Assert.Equal("no \uFFFDthing", ReplicaState.Read(state.Write()).Open["ns/a"]);
    }

    [Theory]
    [InlineData("nonsense")]
    [InlineData("[]")]
    [InlineData("""{"gateways":null}""")]
    [InlineData("""{"seen":7,"open":null}""")]
    [InlineData("""{"seen":7,"open":{"ns/a":null}}""")]
    public void UnreadableState_CountsAsNothingRead(string text)
    {
        var state = ReplicaState.Read(text);

        Assert.True(state.HasMore);
        Assert.Equal(0, state.Seen);
    }

    [Fact]
    public void NoState_HasNoGateways() => Assert.Empty(ReplicaState.Read(null).Gateways);

    [Fact]
    public void IsSettled_OnlyWhenNoGatewayIsAboutToAnswer()
    {
        Assert.True(ReplicaState.Empty.IsSettled);
        Assert.True(ReplicaState.Of([], 1, new Dictionary<ObjectKey, string> { [new("ns", "a")] = "refused" }).IsSettled);
        Assert.False(ReplicaState.Of([], 1, new Dictionary<ObjectKey, string> { [new("ns", "a")] = "" }).IsSettled);
    }

    private static IEnumerable<ObjectKey> Many(int count) => Enumerable.Range(0, count).Select(i => new ObjectKey("a-namespace-with-a-long-name", $"an-ingress-with-a-long-name-{i}"));
}
