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
        Gen.Select(AnySpec, AnyLoad, Gen.Double[0, 1000], Gen.Double[0, 1000]).Sample((spec, load, moreStable, morePanic) => Play(spec, load, (input, before, decision, _) =>
        {
            var now = Start.AddSeconds(2 * load.Length);
            var averages = input.Averages!.Value;
            var (less, _) = Decider.Decide(spec, input, before, now);
            var (more, _) = Decider.Decide(spec, input with { Averages = new MetricAverages(averages.Stable + moreStable, averages.Panic + morePanic) }, before, now);
            Assert.True(more.Desired >= less.Desired, $"{more.Desired} pods for more load than {less.Desired} were for");
            Assert.True(more.ExcessBurstCapacity <= less.ExcessBurstCapacity, "more load left more capacity");
        }));

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
        Gen.Select(AnySpec, AnyLoad, Gen.Bool).Sample((spec, load, podsUnknown) => Play(spec, load, (input, before, _, _) =>
        {
            var (decision, state) = Decider.Decide(spec, podsUnknown ? input with { ReadyPods = null } : input with { Averages = null }, before, Start);
            Assert.Equal((false, before), (decision.Valid, state));
        }));

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
