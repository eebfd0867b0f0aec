namespace Knative.Xds.Integration.Api;

/// <summary>The suite on the embedded API.</summary>
public sealed class SandboxApiTests(SandboxUnderTest api) : ApiSuite(api), IClassFixture<SandboxUnderTest>;
