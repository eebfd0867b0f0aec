using Knative.Xds.Limits;

namespace Knative.Xds.QueueProxy.Tests.Limits;

public sealed class TransferBudgetTests
{
    private readonly List<int> _givenUp = [];
    private int _count;

    [Fact]
    public void Stand_LargeOnesAfterSmallOnes_TakeThePlacesOfAsManyAsTheyNeed()
    {
        var budget = new TransferBudget(100, () => _count++);
        for (var small = 0; small < 10; small++)
            budget.Stand(Numbered(small), 10);

        budget.Stand(Numbered(10), 25);
        budget.Stand(Numbered(11), 60);

        // 25 need three places, and leave five; 60 need six more.
        Assert.Equal([0, 1, 2, 3, 4, 5, 6, 7, 8], _givenUp);
        Assert.Equal(9, _count);
        Assert.Equal(95, budget.Held);
    }

    [Fact]
    public void GoOn_OneThatWasGivenUp_IsNotTakenOffTwice()
    {
        var budget = new TransferBudget(100, () => _count++);
        var first = Numbered(0);
        budget.Stand(first, 60);
        budget.Stand(Numbered(1), 60);

        budget.GoOn(first);

        Assert.Equal([0], _givenUp);
        Assert.Equal(60, budget.Held);
    }

    [Fact]
    public void Stand_OneThatWasGivenUp_TakesNobodyElsesPlace()
    {
        var budget = new TransferBudget(100, () => _count++);
        var first = Numbered(0);
        budget.Stand(first, 60);
        budget.Stand(Numbered(1), 60);

        // What was on its way when it was given up.
        budget.Stand(first, 60);

        Assert.Equal([0], _givenUp);
        Assert.Equal(60, budget.Held);
    }

    [Fact]
    public void Stand_OtherDirectionOfARequestThatWasGivenUp_TakesNobodyElsesPlace()
    {
        var budget = new TransferBudget(100, () => _count++);
        var response = Numbered(0);
        var upload = response.Beside(() => _givenUp.Add(100));
        budget.Stand(response, 60);
        budget.Stand(Numbered(1), 60);

        budget.Stand(upload, 60);

        Assert.Equal([0], _givenUp);
        Assert.Equal(1, _count);
        Assert.Equal(60, budget.Held);
    }

    [Fact]
    public void Stand_BothDirectionsOfTheOldestStand_BothGoAndItIsCountedOnce()
    {
        var budget = new TransferBudget(100, () => _count++);
        var response = Numbered(0);
        budget.Stand(response, 40);
        budget.Stand(response.Beside(() => _givenUp.Add(100)), 40);

        budget.Stand(Numbered(1), 60);

        Assert.Equal([0], _givenUp);
        Assert.Equal(1, _count);
        Assert.Equal(60, budget.Held);
    }

    private Transfer Numbered(int number) => new(() => _givenUp.Add(number));
}
