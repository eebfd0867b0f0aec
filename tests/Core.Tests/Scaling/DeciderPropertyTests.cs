using CsCheck;
using Knative.Xds.Core.Scaling;

namespace Knative.Xds.Core.Tests.Scaling;

public class DeciderPropertyTests
{
    private static readonly DateTimeOffset Start = DateTimeOffset.UnixEpoch.AddYears(56);

    private static readonly Gen<DeciderSpec> AnySpec =
        from target in Gen.Double[0.01, 1000]
        from up in Gen.Double[1.01, 1000]
        from down in Gen.Double[1.01, 100]
        from threshold in Gen.Double[1.1, 10]
        from delay in Gen.OneOf(Gen.Const(0), Gen.Const(10), Gen.Const(300))
        from activation in Gen.OneOf(Gen.Const(0), Gen.Const(2), Gen.Const(7))
        from reachable in Gen.Bool
        from burst in Gen.OneOf(Gen.Const(-1.0), Gen.Const(0.0), Gen.Const(211.0))
        select new DeciderSpec
        {
            TargetValue = target,
            TotalValue = target / 0.7,
            MaxScaleUpRate = up,
            MaxScaleDownRate = down,
            PanicThreshold = threshold,
            StableWindow = GoDuration.FromSeconds(60),
            ScaleDownDelay = GoDuration.FromSeconds(delay),
            ActivationScale = activation,
            Reachable = reachable,
            TargetBurstCapacity = burst,
            ActivatorCapacity = 100,
        };

    private static readonly Gen<(int Ready, double Stable, double Panic)[]> AnyLoad =
        Gen.Select(Gen.Int[0, 500], Gen.Double[0, 5000], Gen.Double[0, 5000]).Array[1, 60];

    [Fact]
    public void Decide_AnyLoad_KeepsTheRateLimitsUnlessSomethingElseHoldsIt() =>
        Gen.Select(AnySpec, AnyLoad).Sample((spec, load) => Play(spec, load, (input, before, decision, state) =>
        {
            var ready = Math.Max(1.0, input.ReadyPods!.Value);
            var most = Math.Max(Math.Ceiling(spec.MaxScaleUpRate * ready), spec.ActivationScale);
            var least = spec.Reachable ? Math.Floor(ready / spec.MaxScaleDownRate) : 0;
            Assert.True(decision.Desired >= least, "below the rate limit");
            Assert.True(decision.Desired <= most || state.PanicTime is not null || state.Delay is not null, "above the rate limit, and neither panic nor delay holds it");
        }));

    [Fact]
    public void Decide_WhilePanicking_NeverGoesDown() =>
        Gen.Select(AnySpec, AnyLoad).Sample((spec, load) => Play(spec, load, (_, before, decision, state) =>
        {
            if (before.PanicTime is not null && state.PanicTime is not null)
            {
                Assert.True(decision.Desired >= before.MaxPanicPods, $"down to {decision.Desired} from {before.MaxPanicPods}");
            }
        }));

    [Fact]
    public void Decide_MoreLoad_NeverWantsFewerPods() =>
        Gen.Select(AnySpec, AnyLoad, Gen.Double[0, 1000], Gen.Double[0, 1000]).Sample((spec, load, moreStable, morePanic) =>
        {
            for (var tick = 0; tick < load.Length; tick++)
            {
                var (ready, stable, panic) = load[tick];
                var (less, _) = DecideAfter(spec, load[..tick], new ScaleInput(ready, new MetricAverages(stable, panic)));
                var (more, _) = DecideAfter(spec, load[..tick], new ScaleInput(ready, new MetricAverages(stable + moreStable, panic + morePanic)));
                Assert.True(more.Desired >= less.Desired, $"{more.Desired} pods for more load than {less.Desired} were for");
                Assert.True(more.ExcessBurstCapacity <= less.ExcessBurstCapacity, "more load left more capacity");
            }
        });

    [Fact]
    public void Decide_MoreLoadAllAlong_NeverWantsFewerPods() =>
        Gen.Select(AnySpec, AnyLoad, Gen.Double[0, 1000], Gen.Double[0, 1000]).Sample((spec, load, moreStable, morePanic) =>
        {
            (int Ready, double Stable, double Panic)[] larger = [.. load.Select(tick => (tick.Ready, tick.Stable + moreStable, tick.Panic + morePanic))];
            Assert.All(Decisions(spec, larger).Zip(Decisions(spec, load)), pair => Assert.True(pair.First.Desired >= pair.Second.Desired, $"{pair.First.Desired} for more than {pair.Second.Desired}"));
        });

    [Fact]
    public void Decide_AfterTakingOver_NeverGoesBelowWhatWasFoundWithinAStableWindow() =>
        Gen.Select(AnySpec, AnyLoad, Gen.Int[-1, 50], Gen.Int[0, 50]).Sample((spec, load, wanted, scaled) =>
        {
            var found = new FoundScale(wanted, scaled, false);
            var (state, now) = (Decider.Resume(spec, load[0].Ready, found, Start), Start);
            foreach (var (ready, stable, panic) in load.Take(30))
            {
                (var decision, state) = Decider.Decide(spec, new ScaleInput(ready, new MetricAverages(stable, panic)), state, now);
                Assert.True(decision.Desired == 0 || wanted < 0 || decision.Desired >= found.Most, $"{decision.Desired} of {found}");
                Assert.True(wanted <= 0 || decision.Desired >= found.Most, $"{decision.Desired} of {found}");
                now += Decider.TickInterval;
            }
        });

    [Fact]
    public void Decide_WithActivationScale_WantsNoneOrAtLeastThatMany() =>
        Gen.Select(AnySpec, AnyLoad).Sample((spec, load) => Play(spec with { MaxScaleDownRate = 1000, MaxScaleUpRate = 1.01 }, load, (input, before, decision, _) =>
        {
            if (spec.ActivationScale > 1 && (input.Averages!.Value.Stable > 0 || before.PanicTime is not null))
            {
                Assert.True(decision.Desired == 0 || decision.Desired >= spec.ActivationScale || input.Averages!.Value.Stable == 0, $"{decision.Desired}");
            }
        }));

    [Fact]
    public void Decide_WithDelay_HoldsTheLargestOfTheWindow() =>
        Gen.Select(AnySpec, AnyLoad).Sample((spec, load) =>
        {
            var recent = new Queue<int>();
            var delayed = spec with { Reachable = true, ScaleDownDelay = GoDuration.FromSeconds(10), PanicThreshold = double.MaxValue };
            var (state, now) = (Decider.Start(delayed, 0, Start), Start);
            foreach (var (ready, stable, panic) in load)
            {
                var input = new ScaleInput(ready, new MetricAverages(stable, panic));
                recent.Enqueue(Decider.Decide(delayed, input, state with { Delay = null }, now).Decision.Desired);
                if (recent.Count > 5)
                {
                    recent.Dequeue();
                }

                (var decision, state) = Decider.Decide(delayed, input, state, now);
                Assert.Equal(recent.Max(), decision.Desired);
                now += Decider.TickInterval;
            }
        });

    [Fact]
    public void Decide_PodsOrMetricsUnknown_ChangesNothing() =>
        Gen.Select(AnySpec, AnyLoad, Gen.Bool).Sample((spec, load, podsUnknown) =>
        {
            var input = podsUnknown ? new ScaleInput(null, new MetricAverages(1, 1)) : new ScaleInput(3, null);
            var (before, now) = Replay(spec, load);
            var held = before.Delay?.Current;

            var (decision, state) = Decider.Decide(spec, input, before, now);

            Assert.Equal((false, before, held), (decision.Valid, state, state.Delay?.Current));
            var (ready, stable, panic) = load[^1];
            var next = new ScaleInput(ready, new MetricAverages(stable, panic));
            Assert.Equal(DecideAfter(spec, load, next).Decision, Decider.Decide(spec, next, state, now).Decision);
        });

    private static (ScaleDecision Decision, ScaleState State) DecideAfter(DeciderSpec spec, (int Ready, double Stable, double Panic)[] load, ScaleInput input)
    {
        var (state, now) = Replay(spec, load);
        return Decider.Decide(spec, input, state, now);
    }

    private static List<ScaleDecision> Decisions(DeciderSpec spec, (int Ready, double Stable, double Panic)[] load)
    {
        var decisions = new List<ScaleDecision>();
        Play(spec, load, (_, _, decision, _) => decisions.Add(decision));
        return decisions;
    }

    // A state is used up by the decision that it goes into, with its delay window: who wants to decide twice makes it twice.
    private static (ScaleState State, DateTimeOffset Now) Replay(DeciderSpec spec, (int Ready, double Stable, double Panic)[] load)
    {
        var (state, now) = (Decider.Start(spec, load.Length > 0 ? load[0].Ready : 0, Start), Start);
        foreach (var (ready, stable, panic) in load)
        {
            state = Decider.Decide(spec, new ScaleInput(ready, new MetricAverages(stable, panic)), state, now).State;
            now += Decider.TickInterval;
        }

        return (state, now);
    }

    private static void Play(DeciderSpec spec, (int Ready, double Stable, double Panic)[] load, Action<ScaleInput, ScaleState, ScaleDecision, ScaleState> check)
    {
        var (state, now) = (Decider.Start(spec, load[0].Ready, Start), Start);
        foreach (var (ready, stable, panic) in load)
        {
            var (input, before) = (new ScaleInput(ready, new MetricAverages(stable, panic)), state);
            (var decision, state) = Decider.Decide(spec, input, before, now);
            check(input, before, decision, state);
            now += Decider.TickInterval;
        }
    }
}
