using Knative.Xds.Core.Model;
using Knative.Xds.XdsServer.Replication;

namespace Knative.Xds.XdsServer.Tests.Replication;

public sealed class ReplicaStateTests
{
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

        Assert.False(state.HasMore);
        Assert.Equal("", state.Open["ns/waits"]);
    }

    [Theory]
    [InlineData("nonsense")]
    [InlineData("[]")]
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
