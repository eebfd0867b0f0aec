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

            Assert.Equal(Texts(row, "assigned"), share);
        }
    }

    [Fact]
    public void IndexOf_RecordedCases_AreTheSamePlaces()
    {
        foreach (var row in VectorCases.OrSkip(File, "inferIndex"))
        {
            Assert.Equal(row.Long("index"), PodAssignment.IndexOf(Texts(row, "sortedIps"), row.Text("ip")!));
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

    private static ImmutableArray<string> Texts(JsonElement row, string member) => [.. row.GetProperty(member).EnumerateArray().Select(text => text.GetString()!)];
}
