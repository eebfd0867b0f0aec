using Knative.Xds.Integration.Api;

namespace Knative.Xds.Integration.Scaling;

/// <summary>On the real kube-apiserver.</summary>
public sealed class RealKubectlScalingTests(RealWithoutControllers api) : KubectlScalingSuite(api), IClassFixture<RealWithoutControllers>;
