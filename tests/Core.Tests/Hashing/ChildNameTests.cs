using Knative.Xds.Core.Hashing;
using Knative.Xds.Testing;

namespace Knative.Xds.Core.Tests.Hashing;

public class ChildNameTests
{
    [Fact]
    public void Of_ShortParent_IsJoined() => Assert.Equal("hello-private", ChildName.Of("hello", ChildName.PrivateServiceSuffix));

    [Fact]
    public void Of_LongParent_IsCutAndHashed()
    {
        var name = ChildName.Of(new string('a', 63), "-private");

        Assert.Equal(63, name.Length);
        Assert.StartsWith(new string('a', 23), name, StringComparison.Ordinal);
        Assert.EndsWith("-private", name, StringComparison.Ordinal);
    }

    [Fact]
    [Trait(Vectors.Trait, Vectors.Category)]
    public void Of_RecordedRevisions_GivesTheSameDeployment()
    {
        foreach (var item in VectorCases.OrSkip("queue-env.json.gz", "childNames"))
        {
            Assert.Equal(item.Text("deployment"), ChildName.Of(item.Text("revision")!, ChildName.DeploymentSuffix));
        }
    }
}
