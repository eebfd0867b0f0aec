using System.Text.Json.Nodes;
using Knative.Xds.Sandbox.Api.Printing;

namespace Knative.Xds.Sandbox.Tests.Api;

public sealed class PrintingTests
{
    private static readonly JsonNode Document = JsonNode.Parse("""{"spec":{"a.b":"dotted","list":[{"name":"x","v":1},{"name":"y","v":2}]},"status":{"conditions":[{"type":"Ready","status":"True"}]}}""")!;

    [Theory]
    [InlineData(".spec.list[0].name", "x")]
    [InlineData(".spec.list[-1].name", "y")]
    [InlineData(".spec.list[*].v", "1,2")]
    [InlineData(".spec['a.b']", "dotted")]
    [InlineData(@".spec.a\.b", "dotted")]
    [InlineData(".status.conditions[?(@.type=='Ready')].status", "True")]
    [InlineData(".status.conditions[?(@.type==\"Other\")].status", "")]
    [InlineData("{.spec.list[?(@.v!=1)].name}", "y")]
    [InlineData(".none.at.all", "")]
    public void JsonPath_Finds(string path, string expected) =>
        Assert.Equal(expected, string.Join(",", JsonPath.Parse(path).Find(Document).Select(node => node!.ToString())));

    [Theory]
    [InlineData(0, "0s")]
    [InlineData(119, "119s")]
    [InlineData(125, "2m5s")]
    [InlineData(180, "3m")]
    [InlineData(3599, "59m")]
    [InlineData(4 * 3600 + 300, "4h5m")]
    [InlineData(30 * 3600, "30h")]
    [InlineData(3 * 86400 + 3600, "3d1h")]
    [InlineData(100 * 86400, "100d")]
    [InlineData(-1, "0s")]
    [InlineData(-5, "<invalid>")]
    public void Ages_Show_TwoUnitsWhileSmall(int seconds, string expected) => Assert.Equal(expected, Ages.Show(TimeSpan.FromSeconds(seconds)));

    [Theory]
    [InlineData("""{"status":{"phase":"Running"}}""", "Running")]
    [InlineData("""{"status":{"phase":"Pending","containerStatuses":[{"state":{"waiting":{"reason":"ContainerCreating"}}}]}}""", "ContainerCreating")]
    [InlineData("""{"status":{"phase":"Running","containerStatuses":[{"state":{"terminated":{"exitCode":3}}}]}}""", "ExitCode:3")]
    [InlineData("""{"metadata":{"deletionTimestamp":"2026-01-01T00:00:00Z"},"status":{"phase":"Running"}}""", "Terminating")]
    [InlineData("""{"status":{"phase":"Failed","reason":"Evicted"}}""", "Evicted")]
    public void PodColumns_Status_SumsUp(string pod, string expected) =>
        Assert.Equal(expected, PodColumns.All[2].Read((JsonObject)JsonNode.Parse(pod)!, DateTimeOffset.UnixEpoch)!.ToString());
}
