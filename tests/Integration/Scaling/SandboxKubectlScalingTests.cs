using Knative.Xds.Integration.Api;

namespace Knative.Xds.Integration.Scaling;

/// <summary>On the embedded API.</summary>
public sealed class SandboxKubectlScalingTests(SandboxUnderTest api) : KubectlScalingSuite(api), IClassFixture<SandboxUnderTest>;
