using System.Net;
using Knative.Xds.ControlPlane.Resources;
using Knative.Xds.XdsServer.Guarding;
using Knative.Xds.XdsServer.Security;
using Microsoft.AspNetCore.Http;

namespace Knative.Xds.XdsServer.Tests.Guarding;

public sealed class StreamPoliciesTests
{
    [Fact]
    public void Keys_AreWithheldFromWhoHasProvenNothing_AndFromNobodyElse()
    {
        var stranger = new StreamPeer("10.0.0.1", null, [], DateTimeOffset.MaxValue, IsTrusted: false, MayHoldKeys: false);
        var verified = new StreamPeer("10.0.0.1", "hash", ["gw"], DateTimeOffset.MaxValue, IsTrusted: true, MayHoldKeys: true);

        Assert.Equal([ResourceType.Secret], StreamPolicies.For(stranger, new XdsServerOptions()).Withheld);
        Assert.Empty(StreamPolicies.For(verified, new XdsServerOptions()).Withheld);
    }

    [Theory]
    [InlineData("127.0.0.1", false, false, true)]
    [InlineData("::1", false, false, true)]
    [InlineData("10.0.0.1", false, false, false)]
    [InlineData("10.0.0.1", true, false, false)]
    [InlineData("10.0.0.1", false, true, false)]
    [InlineData("10.0.0.1", true, true, true)]
    public void KeysInPlaintext_LeaveThisMachineOnlyWhereThatIsAskedForToo(string address, bool plaintext, bool keys, bool areSent)
    {
        var options = new XdsServerOptions { AllowPlaintext = plaintext, AllowPlaintextKeys = keys };
        var peer = StreamPeer.Of(new DefaultHttpContext { Connection = { RemoteIpAddress = IPAddress.Parse(address) } }, options);

        Assert.Equal(areSent, StreamPolicies.For(peer, options).Withheld.IsEmpty);
    }
}
