using Knative.Xds.QueueProxy.Probing;

namespace Knative.Xds.QueueProxy.Tests.Probing;

public sealed class UserProbeParserTests
{
    [Fact]
    public void Parse_LoopbackHost_IsTheUserHost()
    {
        var probe = Assert.Single(UserProbeParser.Parse("""{"tcpSocket":{"port":8080,"host":"127.0.0.1"},"successThreshold":1}""", "127.8.0.3"));

        Assert.Equal(new UserProbe { Kind = UserProbeKind.Tcp, Host = "127.8.0.3", Port = 8080, SuccessThreshold = 1 }, probe);
    }

    [Fact]
    public void Parse_Array_GivesEachContainersProbeAndNoneForNull()
    {
        var probes = UserProbeParser.Parse("""[{"httpGet":{"port":"8080"}},{"grpc":{"port":9000,"service":"s"}},null,{}]""", "127.0.0.1");

        Assert.Equal([UserProbeKind.Http, UserProbeKind.Grpc, UserProbeKind.None, UserProbeKind.None], probes.Select(probe => probe.Kind));
    }

    [Theory]
    [InlineData("tcp")]
    [InlineData("""{"tcpSocket":{}}""")]
    [InlineData("""{"tcpSocket":{"port":"http"}}""")]
    [InlineData("""{"tcpSocket":{"port":65536}}""")]
    [InlineData("""{"tcpSocket":{"port":0}}""")]
    [InlineData("""{"httpGet":{"port":99999999999}}""")]
    [InlineData("3")]
    public void Parse_Malformed_NamesTheVariable(string json) =>
        Assert.Contains("SERVING_READINESS_PROBE", Assert.Throws<FormatException>(() => UserProbeParser.Parse(json, "127.0.0.1")).Message, StringComparison.Ordinal);
}
