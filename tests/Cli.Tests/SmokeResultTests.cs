using System.Collections.Immutable;
using Knative.Xds.Cli.Smoke;

namespace Knative.Xds.Cli.Tests;

public sealed class SmokeResultTests
{
    private static readonly SmokeResult Passing = new()
    {
        Gateway = "envoy",
        Api = "embedded",
        Cycles = 10,
        ColdStartMsP50 = 150.5,
        ColdStartMsMax = 210,
        Requests = 1000,
        Failed = 0,
        Split = ImmutableSortedDictionary<string, double>.Empty.Add("hello-00001", 0.912).Add("hello-00002", 0.088),
        ScaledToZero = 10,
    };

    [Fact]
    public void ToJson_IsOneLineWithTheDocumentedFields() => Assert.Equal(
        """{"gateway":"envoy","api":"embedded","cycles":10,"coldStartMsP50":150.5,"coldStartMsMax":210,"requests":1000,"failed":0,"split":{"hello-00001":0.912,"hello-00002":0.088},"scaledToZero":10}""",
        Passing.ToJson());

    [Fact]
    public void Problems_OfARunWithinTolerance_AreNone() => Assert.Empty(Passing.Problems(SmokeRun.Weights));

    [Fact]
    public void Problems_OfAFailedRequest_CountIt() =>
        Assert.Equal(["1 of 1010 requests failed"], (Passing with { Failed = 1 }).Problems(SmokeRun.Weights));

    [Fact]
    public void Problems_OfAShareOffItsWeight_NameTheRevision()
    {
        var split = ImmutableSortedDictionary<string, double>.Empty.Add("hello-00001", 0.8599).Add("hello-00002", 0.1);

        var problem = Assert.Single((Passing with { Split = split }).Problems(SmokeRun.Weights));

        Assert.StartsWith("hello-00001 got 86.0", problem, StringComparison.Ordinal);
    }

    [Fact]
    public void Problems_OfARevisionThatStayedUp_SaySo() =>
        Assert.Equal(["scaled to zero 9 times in 10 cycles"], (Passing with { ScaledToZero = 9 }).Problems(SmokeRun.Weights));
}
