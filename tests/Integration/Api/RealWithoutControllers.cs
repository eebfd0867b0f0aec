using Knative.Xds.Testing;

namespace Knative.Xds.Integration.Api;

/// <summary>The real kube-apiserver alone: nothing but kubectl changes objects.</summary>
public sealed class RealWithoutControllers() : RealUnderTest(new RealApiServer());
