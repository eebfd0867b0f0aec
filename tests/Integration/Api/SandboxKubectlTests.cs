namespace Knative.Xds.Integration.Api;

/// <summary>The session on the embedded API.</summary>
public sealed class SandboxKubectlTests(SandboxUnderTest api) : KubectlSuite(api), IClassFixture<SandboxUnderTest>;
