using Knative.Xds.XdsServer.Guarding;
using Microsoft.Extensions.Time.Testing;

namespace Knative.Xds.XdsServer.Tests.Guarding;

public sealed class RequestBudgetTests
{
    private readonly FakeTimeProvider _time = new();

    [Fact]
    public void Burst_IsAllThereIsAtOnce_ThenTheRate()
    {
        var budget = new RequestBudget(burst: 3, perSecond: 2, _time);
        Assert.Equal(3, Spend(budget, 10));

        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(2, Spend(budget, 10));

        _time.Advance(TimeSpan.FromHours(1));
        Assert.Equal(3, Spend(budget, 10));
    }

    [Fact]
    public void AnswersToResponses_CostNothing()
    {
        var budget = new RequestBudget(burst: 1, perSecond: 1, _time);
        for (var i = 0; i < 1000; i++)
        {
            budget.ExpectAnswer();
            Assert.True(budget.TrySpend());
        }

        Assert.Equal(1, Spend(budget, 10));
    }

    private static int Spend(RequestBudget budget, int tries) => Enumerable.Range(0, tries).Count(_ => budget.TrySpend());
}
