using System.Text.Json.Nodes;
using Knative.Xds.ControlPlane.Translation;

namespace Knative.Xds.ControlPlane.Tests.Translation;

public sealed class ListenerTranslatorTests
{
    [Fact]
    public void Translate_AllAddresses_GiveTheExternalAndTheLocalListenerWithoutTlsAndWith()
    {
        var listeners = ListenerTranslator.Translate(new GatewaySettings { AccessLog = new AccessLogSettings("/dev/stdout"), ExternalTlsListen = "0.0.0.0:8443", LocalTlsListen = "0.0.0.0:8444" });

        Golden.Check(Path.Combine(Golden.CasesFolder, "..", "listeners.json"), new JsonArray([.. listeners.Select(Golden.Json)]));
    }

    [Theory]
    [InlineData("8080")]
    [InlineData("localhost:8080")]
    [InlineData("0.0.0.0")]
    public void Translate_MalformedAddress_NamesTheSetting(string address)
    {
        var failure = Assert.Throws<FormatException>(() => ListenerTranslator.Translate(new GatewaySettings { LocalListen = address }));

        Assert.StartsWith($"LocalListen: \"{address}\" ", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Translate_IPv6Address_IsTakenInBrackets()
    {
        var listeners = ListenerTranslator.Translate(new GatewaySettings { ExternalListen = "[::1]:8443" });

        Assert.Equal("::1", listeners[0].Address.SocketAddress.Address);
        Assert.Equal(8443u, listeners[0].Address.SocketAddress.PortValue);
    }
}
