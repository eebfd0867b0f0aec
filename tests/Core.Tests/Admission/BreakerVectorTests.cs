using System.Text.Json;
using Knative.Xds.Core.Admission;
using Knative.Xds.Testing;

namespace Knative.Xds.Core.Tests.Admission;

[Trait(Vectors.Trait, Vectors.Category)]
public sealed class BreakerVectorTests
{
    private const string File = "activator-throttling.json";

    [Fact]
    public void Construction_RecordedCases_AreAcceptedOrRejectedAlike()
    {
        foreach (var row in VectorCases.OrSkip(File, "breakerConstruction"))
        {
            var rejected = Record.Exception(() => Create(row)) is ArgumentOutOfRangeException;

            Assert.True(rejected == row.GetProperty("rejected").GetBoolean(), row.ToString());
        }
    }

    [Fact]
    public async Task Sequences_RecordedOperations_GiveTheSameCounts()
    {
        foreach (var sequence in VectorCases.OrSkip(File, "breakerSequences"))
        {
            var player = new BreakerPlayer(Create(sequence));
            var step = 0;
            foreach (var op in sequence.GetProperty("ops").EnumerateArray())
            {
                var problem = await player.PlayAsync(op);

                Assert.True(problem is null, $"{sequence.GetProperty("id")} step {step++}: {problem}; {op}");
            }
        }
    }

    private static Breaker Create(JsonElement row) =>
        new(Number(row, "queueDepth"), Number(row, "maxConcurrency"), Number(row, "initialCapacity"));

    private static int Number(JsonElement row, string name) => row.GetProperty(name).GetInt32();
}
