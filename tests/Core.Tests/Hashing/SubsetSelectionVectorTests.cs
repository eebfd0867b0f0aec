using System.Collections.Immutable;
using System.Text.Json;
using Knative.Xds.Core.Hashing;
using Knative.Xds.Testing;

namespace Knative.Xds.Core.Tests.Hashing;

[Trait(Vectors.Trait, Vectors.Category)]
public class SubsetSelectionVectorTests
{
    [Fact]
    public void Choose_RecordedCases_ChoosesTheSameNames()
    {
        foreach (var item in VectorCases.OrSkip("subset.json", "cases"))
        {
            var (id, target) = (item.Text("id"), item.Text("target")!);
            var from = Names(item.GetProperty("from"));

            var chosen = SubsetSelection.Choose(from, item.GetProperty("n").GetInt32(), target);

            Assert.Equal((id, string.Join(',', Names(item.GetProperty("resultSorted")))), (id, string.Join(',', chosen)));
            Assert.Equal((id, item.Long("start"), item.Long("step")), (id, SubsetSelection.Start(target), SubsetSelection.Step(target)));
            if (item.GetProperty("slots") is { ValueKind: JsonValueKind.Array } slots)
            {
                var expected = slots.EnumerateArray().Select(slot => (slot.GetProperty("slot").GetInt32(), slot.Text("name")!));
                Assert.True(expected.SequenceEqual(SubsetSelection.Slots(SubsetSelection.Choose(from, int.MaxValue, target), target)), id);
            }
        }
    }

    [Fact]
    public void Owner_RecordedBuckets_GivesTheSameOwner()
    {
        foreach (var item in VectorCases.OrSkip("subset.json", "bucketOwners"))
        {
            var buckets = Names(item.GetProperty("buckets"));
            foreach (var key in item.GetProperty("keys").EnumerateArray())
            {
                Assert.Equal((item.Text("id"), key.Text("key"), key.Text("owner")), (item.Text("id"), key.Text("key"), SubsetSelection.Owner(buckets, key.Text("key")!)));
            }
        }
    }

    [Fact]
    public void Owner_RecordedBucketUpdates_FollowsTheNewBuckets()
    {
        foreach (var item in VectorCases.OrSkip("subset.json", "bucketUpdates"))
        {
            var (before, after) = (Names(item.GetProperty("bucketsBefore")), Names(item.GetProperty("bucketsAfter")));
            foreach (var key in item.GetProperty("keys").EnumerateArray())
            {
                var name = key.Text("key")!;
                Assert.Equal(
                    (item.Text("id"), key.Text("ownerBefore"), key.Text("ownerAfter")),
                    (item.Text("id"), SubsetSelection.Owner(before, name), SubsetSelection.Owner(after, name)));
            }
        }
    }

    [Fact]
    public void BucketName_RecordedNames_AreTheSame()
    {
        foreach (var item in VectorCases.OrSkip("subset.json", "bucketNames"))
        {
            Assert.Equal(item.Text("name"), SubsetSelection.BucketName((int)item.Long("ordinal"), (int)item.Long("total")));
        }
    }

    private static ImmutableArray<string> Names(JsonElement list) => [.. list.EnumerateArray().Select(name => name.GetString()!)];
}
