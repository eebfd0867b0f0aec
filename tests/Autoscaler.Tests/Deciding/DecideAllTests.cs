using Knative.Xds.Autoscaler.Deciding;
using Knative.Xds.Core.Model;

namespace Knative.Xds.Autoscaler.Tests.Deciding;

public class DecideAllTests
{
    private static readonly (string, string) AlwaysProxy = ("autoscaling.knative.dev/target-burst-capacity", "-1");

    [Fact]
    public async Task DecideAll_WhatADecisionLeadsToFails_DecidesTheOthersInTheSameTick()
    {
        await using var harness = await AutoscalerHarness.StartAsync();
        var table = harness.Get<DeciderTable>();
        table.Changed += _ => throw new InvalidOperationException("of the test");
        await harness.CreateRevisionAsync("one", AlwaysProxy);
        await harness.CreateRevisionAsync("two", AlwaysProxy);

        await harness.UntilAsync(
            () => Task.FromResult(table.Find(new ObjectKey("default", "one"))?.Decisions > 0 && table.Find(new ObjectKey("default", "two"))?.Decisions > 0), "decisions");

        Assert.Equal(2, harness.Logs.GetSnapshot().Count(entry => entry.Id.Id == 3020));
        Assert.DoesNotContain(harness.Logs.GetSnapshot(), entry => entry.Id.Id == 3010);
    }
}
