namespace Knative.Xds.Integration.Api;

/// <summary>The suite on the real kube-apiserver: what the suite says is what Kubernetes does.</summary>
public sealed class RealApiTests(RealUnderTest api) : ApiSuite(api), IClassFixture<RealUnderTest>;
