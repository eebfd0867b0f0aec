using System.Collections.Immutable;
using System.Text.Json;
using Knative.Xds.Core.Admission;
using Knative.Xds.Testing;

namespace Knative.Xds.Core.Tests.Admission;

[Trait(Vectors.Trait, Vectors.Category)]
public sealed class PodAssignmentTests
{
    private const string File = "activator-throttling.json";

    [Fact]
    public void Share_RecordedCases_AreTheSamePods()
    {
        foreach (var row in VectorCases.OrSkip(File, "assignSlice"))
        {
            var share = PodAssignment.Share(Texts(row, "sortedTrackers"), (int)row.Long("activatorIndex"), (int)row.Long("activatorCount"));

            Assert.Equal((row.Text("id"), string.Join(',', Texts(row, "assigned"))), (row.Text("id"), string.Join(',', share)));
        }
    }

    [Fact]
    public void IndexOf_RecordedCases_AreTheSamePlaces()
    {
        foreach (var row in VectorCases.OrSkip(File, "inferIndex"))
        {
            Assert.Equal((row.Text("id"), row.Long("index")), (row.Text("id"), PodAssignment.IndexOf(Texts(row, "sortedIps"), row.Text("ip")!)));
        }
    }

    [Fact]
    public void Capacity_RecordedCases_AreTheSame()
    {
        foreach (var row in VectorCases.OrSkip(File, "capacity"))
        {
            var capacity = CapacityRule.Compute((int)row.Long("containerConcurrency"), (int)row.Long("backends"), (int)row.Long("trackers"), (int)row.Long("activators"));

            Assert.True(row.Long("capacity") == capacity, $"{row.Text("id")}: {capacity}");
        }
    }

    [Fact]
    public void AtLeastOne_RecordedCounts_AreTheSame()
    {
        foreach (var row in VectorCases.OrSkip(File, "minOneOrValue"))
        {
            Assert.Equal((row.Long("n"), row.Long("result")), (row.Long("n"), CapacityRule.AtLeastOne((int)row.Long("n"))));
        }
    }

    private static ImmutableArray<string> Texts(JsonElement row, string member) => [.. row.GetProperty(member).EnumerateArray().Select(text => text.GetString()!)];
}
