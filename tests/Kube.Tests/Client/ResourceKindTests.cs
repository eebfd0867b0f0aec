using Knative.Xds.Kube.Client;

namespace Knative.Xds.Kube.Tests.Client;

public class ResourceKindTests
{
    [Theory]
    [InlineData("StatefulSet", "statefulsets")]
    [InlineData("Proxy", "proxies")]
    [InlineData("Glass", "glasses")]
    [InlineData("Endpoints", "endpoints")]
    public void Of_Kind_GuessesThePluralAsKubernetesDoes(string kind, string plural) => Assert.Equal(new ResourceKind("apps/v1", plural), ResourceKind.Of("apps/v1", kind));
}
