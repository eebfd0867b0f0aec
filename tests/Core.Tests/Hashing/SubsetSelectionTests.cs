using Knative.Xds.Core.Hashing;

namespace Knative.Xds.Core.Tests.Hashing;

// Expected values: autoscaling.md §11.1
public class SubsetSelectionTests
{
    private static readonly string[] Activators = [.. Enumerable.Range(1, 8).Select(i => $"10.0.0.{i}")];

    [Theory]
    [InlineData("hello-00001", 2, "10.0.0.4,10.0.0.8")]
    [InlineData("hello-00001", 3, "10.0.0.4,10.0.0.6,10.0.0.8")]
    [InlineData("hello-00002", 3, "10.0.0.3,10.0.0.5,10.0.0.6")]
    [InlineData("rev", 5, "10.0.0.2,10.0.0.4,10.0.0.5,10.0.0.7,10.0.0.8")]
    public void Choose_EightActivators_GivesUpstreamsSubset(string target, int count, string expected) =>
        Assert.Equal(expected, string.Join(',', SubsetSelection.Choose(Activators, count, target)));

    [Fact]
    public void Choose_AsManyAsThereAre_GivesAll() => Assert.Equal(Activators, SubsetSelection.Choose(Activators, 8, "any"));

    [Theory]
    [InlineData("default/hello-00001", "autoscaler-bucket-00-of-03")]
    [InlineData("default/hello-00002", "autoscaler-bucket-01-of-03")]
    [InlineData("prod/api-00007", "autoscaler-bucket-00-of-03")]
    public void Owner_ThreeBuckets_GivesUpstreamsBucket(string key, string expected) =>
        Assert.Equal(expected, SubsetSelection.Owner(Enumerable.Range(0, 3).Select(i => SubsetSelection.BucketName(i, 3)), key));

    [Fact]
    public void Owner_NoBuckets_IsEmpty() => Assert.Equal("", SubsetSelection.Owner([], "ns/name"));
}
