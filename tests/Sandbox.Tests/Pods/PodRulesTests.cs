using k8s.Models;
using Knative.Xds.Sandbox.Pods;

namespace Knative.Xds.Sandbox.Tests.Pods;

public sealed class PodRulesTests
{
    private static readonly DateTimeOffset Start = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    [Theory]
    [InlineData("plain", "plain")]
    [InlineData("$(A)", "1")]
    [InlineData("x$(A)y$(B)z", "x1y2z")]
    [InlineData("$(C)", "$(C)")]
    [InlineData("$$(A)", "$(A)")]
    [InlineData("$A", "$A")]
    [InlineData("$(A", "$(A")]
    [InlineData("end$", "end$")]
    public void Expand_References_FilledAsKubeletDoes(string text, string expected)
    {
        var variables = new Dictionary<string, string> { ["A"] = "1", ["B"] = "2" };

        Assert.Equal(expected, VariableExpansion.Expand(text, variables));
    }

    [Fact]
    public void PodNetwork_AddressGivenBack_ComesLast()
    {
        var network = PodNetwork.Parse("127.77.0.0/29");

        var first = network.Take();
        network.Return(first);
        var next = Enumerable.Range(0, 6).Select(_ => network.Take()).ToArray();

        Assert.Equal("127.77.0.1", first);
        Assert.Equal(["127.77.0.2", "127.77.0.3", "127.77.0.4", "127.77.0.5", "127.77.0.6", "127.77.0.1"], next);
        Assert.Equal("all 6 pod addresses are in use", Assert.Throws<InvalidOperationException>(network.Take).Message);
    }

    [Theory]
    [InlineData("127.77.0.0")]
    [InlineData("127.77.0.0/31")]
    [InlineData("::1/64")]
    [InlineData("x/16")]
    public void PodNetwork_NotANetwork_NamesIt(string text)
    {
        Assert.Contains($"\"{text}\"", Assert.Throws<FormatException>(() => PodNetwork.Parse(text)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void RestartBackoff_CrashAfterCrash_DoublesUpToFiveMinutes()
    {
        var delays = new List<double>();
        RestartBackoff? state = null;
        var now = Start;
        for (var i = 0; i < 8; i++)
        {
            state = RestartBackoff.Next(state, now);
            delays.Add(state.Value.Delay.TotalSeconds);
            now += state.Value.Delay;
        }

        Assert.Equal([0, 10, 20, 40, 80, 160, 300, 300], delays);
    }

    [Fact]
    public void RestartBackoff_TenMinutesFine_StartsOver()
    {
        var state = RestartBackoff.Next(RestartBackoff.Next(null, Start), Start);

        Assert.Equal(TimeSpan.Zero, RestartBackoff.Next(state, state.LastRestart + TimeSpan.FromMinutes(10) + TimeSpan.FromSeconds(1)).Delay);
    }

    [Fact]
    public void ProbeThreshold_Results_CountInARow()
    {
        var state = default(ProbeThreshold);
        var verdicts = new List<bool?>();
        foreach (var result in (bool[])[false, false, true, false, false, false, true, true])
        {
            state = state.After(result, successThreshold: 2, failureThreshold: 3);
            verdicts.Add(state.Verdict);
        }

        Assert.Equal([null, null, null, null, null, false, false, true], verdicts);
    }

    [Theory]
    [InlineData("kxds.dev/hello")]
    [InlineData("kxds.dev/hello:v2")]
    [InlineData("kxds.dev/hello@sha256:0123")]
    public void CommandLine_KnownImage_IsItsCommandAndTheArguments(string image)
    {
        var images = new Dictionary<string, IReadOnlyList<string>> { ["kxds.dev/hello"] = ["hello", "--serve"] };

        var line = ContainerEnvironment.CommandLine(new V1Container { Name = "c", Image = image, Args = ["$(A)"] }, images, new Dictionary<string, string> { ["A"] = "1" });

        Assert.Equal(["hello", "--serve", "1"], line);
    }

    [Fact]
    public void CommandLine_UnknownImage_SaysWhichAreKnown()
    {
        var images = new Dictionary<string, IReadOnlyList<string>> { ["kxds.dev/hello"] = ["hello"] };

        var error = Assert.Throws<ContainerStartException>(() => ContainerEnvironment.CommandLine(new V1Container { Name = "c", Image = "nginx" }, images, new Dictionary<string, string>()));

        Assert.Equal("ErrImagePull", error.Reason);
        Assert.Equal("container \"c\": no program is known for image \"nginx\" (known: kxds.dev/hello); containers run as local processes, so set its command", error.Message);
    }
}
