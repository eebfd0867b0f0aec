using System.Text.Json;
using Knative.Xds.Core.Admission;
using Knative.Xds.Testing;

namespace Knative.Xds.Core.Tests.Admission;

public sealed class PodPickerTests
{
    private const string File = "activator-throttling.json";

    [Fact]
    [Trait(Vectors.Trait, Vectors.Category)]
    public void TryPick_RecordedSequences_PicksTheSamePods()
    {
        foreach (var sequence in VectorCases.OrSkip(File, "lbPolicies").Where(row => row.Text("policy") != "randomChoice2"))
        {
            var policy = sequence.Text("policy") switch
            {
                "firstAvailable" => PickPolicy.FirstAvailable,
                "roundRobin" => PickPolicy.RoundRobin,
                var unknown => throw new InvalidDataException($"{sequence.Text("id")}: there is no policy {unknown}"),
            };
            var picker = new PodPicker(policy, NoRandom);
            var all = sequence.GetProperty("ops").EnumerateArray().SelectMany(Names).Distinct().ToDictionary(name => name, name => new PodSlots(name, (int)sequence.Long("initialCapacity")));
            IReadOnlyList<PodSlots> targets = [];
            var step = 0;
            foreach (var op in sequence.GetProperty("ops").EnumerateArray())
            {
                var name = $"{sequence.Text("id")} step {step++}";
                switch (op.Text("op"))
                {
                    case "targets": targets = [.. Texts(op, "targets").Select(name => all[name])]; break;
                    case "capacity": all[op.Text("target")!].Capacity = (int)op.Long("capacity"); break;
                    case "release": all[op.Text("target")!].Give(); break;
                    default: Assert.Equal((name, op.Text("picked")), (name, picker.TryPick(targets)?.Address)); break;
                }
            }
        }
    }

    [Fact]
    [Trait(Vectors.Trait, Vectors.Category)]
    public void TryPick_RecordedWeights_PicksTheOnlyPossiblePod()
    {
        foreach (var row in VectorCases.OrSkip(File, "lbPolicies").Where(row => row.Text("policy") == "randomChoice2"))
        {
            var ops = row.GetProperty("ops").EnumerateArray().ToList();
            var pods = Texts(ops[0], "targets").Zip(ops[0].GetProperty("weights").EnumerateArray(), (name, weight) => Busy(name, weight.GetInt32())).ToList();

            var picked = new PodPicker(PickPolicy.RandomOfTwo, Random.Shared.Next).TryPick(pods);

            Assert.Equal((row.Text("id"), ops[1].Text("picked"), ops[1].Long("weightWhileHeld")), (row.Text("id"), picked?.Address, (long)picked!.InUse));
        }
    }

    [Fact]
    public void TryPick_RandomOfTwoWithoutPods_IsNull() => Assert.Null(new PodPicker(PickPolicy.RandomOfTwo, NoRandom).TryPick([]));

    [Theory]
    [InlineData(0, PickPolicy.RandomOfTwo)]
    [InlineData(3, PickPolicy.FirstAvailable)]
    [InlineData(4, PickPolicy.RoundRobin)]
    public void PolicyFor_ContainerConcurrency_FollowsUpstream(int containerConcurrency, PickPolicy policy) =>
        Assert.Equal(policy, PodPicker.PolicyFor(containerConcurrency));

    [Fact]
    public void Give_NothingTaken_IsRefused() => Assert.Throws<InvalidOperationException>(() => new PodSlots("pod", 1).Give());

    private static IEnumerable<string> Names(JsonElement op) => op.TryGetProperty("targets", out _) ? Texts(op, "targets") : op.TryGetProperty("target", out var target) ? [target.GetString()!] : [];

    private static int NoRandom(int below) => throw new InvalidOperationException("this policy needs no chance");

    private static PodSlots Busy(string name, int requests)
    {
        var pod = new PodSlots(name, PodSlots.Unlimited);
        for (var i = 0; i < requests; i++)
        {
            pod.TryTake();
        }

        return pod;
    }

    private static IEnumerable<string> Texts(JsonElement row, string member) => row.GetProperty(member).EnumerateArray().Select(text => text.GetString()!);
}
