using Knative.Xds.Kube.Client;

namespace Knative.Xds.Sandbox.Tests.Pods;

public sealed class PodRunnerOnEmbeddedApiTests(EmbeddedApi api) : PodRunnerTests, IClassFixture<EmbeddedApi>
{
    protected override KubeClient Client => api.Client;

    protected override string Kubeconfig => api.Kubeconfig;

    protected override string PodNetwork => "127.79.0.0/16";
}
