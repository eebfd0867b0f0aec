using System.Collections.Immutable;
using System.Text.Json;
using Knative.Xds.Core.Hashing;
using Knative.Xds.Core.Model;
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
            var buckets = new BucketSet(Names(item.GetProperty("buckets")));
            // Asked twice: what is remembered is the same.
            foreach (var key in item.GetProperty("keys").EnumerateArray().Concat(item.GetProperty("keys").EnumerateArray()))
            {
                Assert.Equal((item.Text("id"), key.Text("key"), key.Text("owner")), (item.Text("id"), key.Text("key"), Owner(buckets, key.Text("key")!)));
            }
        }
    }

    [Fact]
    public void Owner_RecordedBucketUpdates_FollowsTheNewBuckets()
    {
        foreach (var item in VectorCases.OrSkip("subset.json", "bucketUpdates"))
        {
            // As a replica has them: one set, in which each owner that was found out is remembered until another takes its place.
            var buckets = new BucketSet(Names(item.GetProperty("bucketsBefore")));
            foreach (var key in item.GetProperty("keys").EnumerateArray())
            {
                Assert.Equal((item.Text("id"), key.Text("ownerBefore")), (item.Text("id"), Owner(buckets, key.Text("key")!)));
            }

            buckets = new BucketSet(Names(item.GetProperty("bucketsAfter")));
            foreach (var key in item.GetProperty("keys").EnumerateArray())
            {
                Assert.Equal((item.Text("id"), key.Text("ownerAfter")), (item.Text("id"), Owner(buckets, key.Text("key")!)));
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

    // The owner of a key that is none of namespace and name is asked for as upstream asks.
    private static string Owner(BucketSet buckets, string key)
    {
        var slash = key.IndexOf('/', StringComparison.Ordinal);
        if (slash <= 0 || buckets.Names.Length == 0)
        {
            return SubsetSelection.Owner(buckets.Names, key);
        }

        return buckets.Names[buckets.IndexOf(new ObjectKey(key[..slash], key[(slash + 1)..]))];
    }

    private static ImmutableArray<string> Names(JsonElement list) => [.. list.EnumerateArray().Select(name => name.GetString()!)];
}
