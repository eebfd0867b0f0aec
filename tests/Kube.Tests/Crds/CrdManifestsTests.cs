using Knative.Xds.Kube.Crds;

namespace Knative.Xds.Kube.Tests.Crds;

public sealed class CrdManifestsTests
{
    [Fact]
    public void All_Always_HasTheFourKindsWithTheirYaml()
    {
        Assert.Equal(
            ["ingresses.networking.internal.knative.dev", "metrics.autoscaling.internal.knative.dev", "podautoscalers.autoscaling.internal.knative.dev", "serverlessservices.networking.internal.knative.dev"],
            CrdManifests.All.Select(crd => crd.Name));
        Assert.All(CrdManifests.All, crd => Assert.Contains($"name: {crd.Name}", crd.Yaml, StringComparison.Ordinal));
    }
}
