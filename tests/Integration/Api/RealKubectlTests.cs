namespace Knative.Xds.Integration.Api;

/// <summary>The session on the real kube-apiserver: this is where the golden output comes from.</summary>
public sealed class RealKubectlTests(RealWithoutControllers api) : KubectlSuite(api), IClassFixture<RealWithoutControllers>;
