using Knative.Xds.ControlPlane.Resources;
using Knative.Xds.XdsServer.Guarding;
using Knative.Xds.XdsServer.Security;

namespace Knative.Xds.XdsServer.Tests.Guarding;

public sealed class StreamPoliciesTests
{
    [Fact]
    public void Keys_AreWithheldFromWhoHasProvenNothing_AndFromNobodyElse()
    {
        var stranger = new StreamPeer("10.0.0.1", null, [], DateTimeOffset.MaxValue, IsTrusted: false);
        var verified = new StreamPeer("10.0.0.1", "hash", ["gw"], DateTimeOffset.MaxValue, IsTrusted: true);

        Assert.Equal([ResourceType.Secret], StreamPolicies.For(stranger, new XdsServerOptions()).Withheld);
        Assert.Empty(StreamPolicies.For(verified, new XdsServerOptions()).Withheld);
    }
}
