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
        var open = Enumerable.Range(0, 10_000).ToDictionary(i => new ObjectKey("a-namespace-with-a-long-name", $"an-ingress-with-a-long-name-{i}"), _ => new string('w', 500));

        var state = ReplicaState.Of([("default", 1)], 1, open);

        Assert.True(state.HasMore);
        Assert.False(state.IsSettled);
        Assert.InRange(state.Write().Length, 1, 256 * 1024);
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
}
