using Knative.Xds.Core.Hashing;
using Knative.Xds.Core.Model;

namespace Knative.Xds.Core.Tests.Hashing;

public class BucketSetTests
{
    [Fact]
    public void Names_OfThreeBuckets_AreUpstreams() =>
        Assert.Equal(["autoscaler-bucket-00-of-03", "autoscaler-bucket-01-of-03", "autoscaler-bucket-02-of-03"], new BucketSet(3).Names);

    [Theory]
    [InlineData("default", "hello-00001", 0)]
    [InlineData("default", "hello-00002", 1)]
    [InlineData("prod", "api-00007", 0)]
    [InlineData("knative-serving", "x", 0)]
    public void IndexOf_Revision_IsUpstreamsOwner(string space, string name, int bucket)
    {
        var buckets = new BucketSet(3);

        Assert.Equal(bucket, buckets.IndexOf(new ObjectKey(space, name)));
        Assert.Equal(bucket, buckets.IndexOf(new ObjectKey(space, name)));
    }

    [Fact]
    public void IndexOf_MoreKeysThanAreRemembered_StaysTheSame()
    {
        var buckets = new BucketSet(2);
        var first = buckets.IndexOf(new ObjectKey("default", "hello-00001"));

        for (var i = 0; i < 70_000; i++)
        {
            buckets.IndexOf(new ObjectKey("default", $"r{i}"));
        }

        Assert.Equal(first, buckets.IndexOf(new ObjectKey("default", "hello-00001")));
    }

    [Fact]
    public void IndexOf_ForeignName_IsNone() => Assert.Equal(-1, new BucketSet(1).IndexOf("autoscaler-bucket-00-of-02"));
}
