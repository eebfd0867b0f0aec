using Knative.Xds.XdsServer.Guarding;

namespace Knative.Xds.XdsServer.Tests.Guarding;

public sealed class StreamCensusTests
{
    [Fact]
    public void Limit_IsForEachKeyAlone_AndFreedByLeaving()
    {
        var census = new StreamCensus();
        using var first = census.TryEnter("a", 2);
        var second = census.TryEnter("a", 2);

        Assert.Null(census.TryEnter("a", 2));
        Assert.NotNull(census.TryEnter("b", 2));

        second!.Dispose();
        second.Dispose();
        Assert.NotNull(census.TryEnter("a", 2));
        Assert.Null(census.TryEnter("a", 2));
    }
}
