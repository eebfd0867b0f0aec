using System.Text.Json;
using Knative.Xds.Core.Scaling;
using Knative.Xds.Testing;

namespace Knative.Xds.Core.Tests.Scaling;

[Trait(Vectors.Trait, Vectors.Category)]
public class DeciderVectorTests
{
    [Fact]
    public void Decide_RecordedTicks_DecidesTheSame()
    {
        // Also the cases that leave the int32 range, which depend on the processor upstream: we do as Go does on amd64.
        foreach (var item in VectorCases.OrSkip("decisions.json.gz", "cases"))
        {
            Play(item);
        }
    }

    [Fact]
    public void ShouldPoke_RecordedStats_EvaluatesTheSame()
    {
        foreach (var item in VectorCases.OrSkip("decisions.json.gz", "pokeCases"))
        {
            Assert.Equal(
                ($"{item}", item.GetProperty("evaluated").GetBoolean()),
                ($"{item}", Decider.ShouldPoke((int)item.Long("desiredScale"), item.Double("averageConcurrentRequests"))));
        }
    }

    [Fact]
    public void ActivatorCount_RecordedCapacities_CountsTheSame()
    {
        foreach (var item in VectorCases.OrSkip("kpa-reconcile.json", "numActivators"))
        {
            var spec = new DeciderSpec
            {
                ActivatorCapacity = item.Double("activatorCapacity"),
                TargetBurstCapacity = item.Double("targetBurstCapacity"),
                TotalValue = item.Double("totalValue"),
            };

            Assert.Equal((item.Text("id"), item.Long("numActivators")), (item.Text("id"), Decider.ActivatorCount(spec, (int)item.Long("ready"))));
        }
    }

    private static void Play(JsonElement item)
    {
        var id = item.Text("id");
        var spec = Spec(item.GetProperty("spec"));
        var created = item.GetProperty("readyAtCreate");
        var state = Decider.Start(spec, created.ValueKind == JsonValueKind.Number ? created.GetInt32() : 0, At(item, "createTimeMs"));
        var last = Decider.Initial(spec);
        Assert.Equal(
            (id, item.Long("initialDesiredScale"), item.Long("initialExcessBurstCapacity"), item.GetProperty("panickingAtStart").GetBoolean(), item.Long("maxPanicPodsAtStart")),
            (id, last.Desired, last.ExcessBurstCapacity, state.PanicTime is not null, state.MaxPanicPods));
        var index = 0;
        foreach (var tick in item.GetProperty("ticks").EnumerateArray())
        {
            spec = tick.TryGetProperty("updateSpec", out var update) && update.ValueKind == JsonValueKind.Object ? Spec(update) : spec;
            Assert.Equal((id, index, tick.GetProperty("panickingBefore").GetBoolean()), (id, index, state.PanicTime is not null));
            Assert.Equal((id, index, tick.Text("metricAsked")), (id, index, Name(Decider.MetricAsked(spec, Input(tick).ReadyPods))));

            (var decision, state) = Decider.Decide(spec, Input(tick), state, At(tick, "nowMs"));

            Assert.Equal(
                (id, index, tick.GetProperty("valid").GetBoolean(), tick.Long("desired"), tick.Long("excessBurstCapacity"), tick.GetProperty("panickingAfter").GetBoolean(), tick.Long("maxPanicPods")),
                (id, index, decision.Valid, decision.Desired, decision.ExcessBurstCapacity, state.PanicTime is not null, state.MaxPanicPods));
            Assert.Equal((id, index, tick.GetProperty("notified").GetBoolean()), (id, index++, decision.Valid && Decider.Matters(last, decision)));
            last = decision.Valid ? decision : last;
        }
    }

    private static string Name(ScalingMetric? metric) => metric switch
    {
        null => "",
        ScalingMetric.Rps => "rps",
        _ => "concurrency",
    };

    private static ScaleInput Input(JsonElement tick)
    {
        int? ready = tick.Text("readyError") switch
        {
            null => tick.GetProperty("ready").GetInt32(),
            "notFound" => 0,
            _ => null,
        };
        return new ScaleInput(ready, tick.Text("metricError") is null ? new MetricAverages(tick.Double("stable"), tick.Double("panic")) : null);
    }

    private static DeciderSpec Spec(JsonElement spec) => new()
    {
        ScalingMetric = spec.Text("scalingMetric") == "rps" ? ScalingMetric.Rps : ScalingMetric.Concurrency,
        TargetValue = spec.Double("targetValue"),
        TotalValue = spec.Double("totalValue"),
        TargetBurstCapacity = spec.Double("targetBurstCapacity"),
        ActivatorCapacity = spec.Double("activatorCapacity"),
        MaxScaleUpRate = spec.Double("maxScaleUpRate"),
        MaxScaleDownRate = spec.Double("maxScaleDownRate"),
        PanicThreshold = spec.Double("panicThreshold"),
        StableWindow = TimeSpan.FromMilliseconds(spec.Long("stableWindowMs")),
        ScaleDownDelay = TimeSpan.FromMilliseconds(spec.Long("scaleDownDelayMs")),
        ActivationScale = (int)spec.Long("activationScale"),
        InitialScale = (int)spec.Long("initialScale"),
        Reachable = spec.GetProperty("reachable").GetBoolean(),
    };

    private static DateTimeOffset At(JsonElement element, string member) => DateTimeOffset.FromUnixTimeMilliseconds(element.Long(member));
}
