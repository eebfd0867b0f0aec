using Knative.Xds.Kube.Client;
using Knative.Xds.Testing;

namespace Knative.Xds.Sandbox.Tests.Pods;

public sealed class PodRunnerOnRealApiTests(RealApiServer api) : PodRunnerTests, IClassFixture<RealApiServer>
{
    protected override KubeClient Client => api.Client;

    protected override string Kubeconfig => api.Kubeconfig;

    protected override string PodNetwork => "127.78.0.0/16";
}
