using Envoy.Config.Listener.V3;
using Knative.Xds.ControlPlane.Explaining;
using Knative.Xds.ControlPlane.Translation;

namespace Knative.Xds.ControlPlane.Tests.Explaining;

public sealed class ArrivalTests
{
    private static readonly GatewayRequest Request = new()
    {
        Host = "a.example.com",
        Headers = GatewayRequest.NoHeaders.Add("x-forwarded-proto", "https").Add("knative-serving-revision", "other").Add("X-Envoy-Max-Retries", "9").Add("Tag", "blue"),
    };

    [Fact]
    public void Of_OutsideClient_LosesWhatOnlyTheSystemMaySay()
    {
        var arrival = Arrival.Of(Listener(GatewayNames.External, new GatewaySettings()), Request);

        Assert.Equal(["knative-serving-revision: other", "X-Envoy-Max-Retries: 9", "x-forwarded-proto: https"], arrival.Dropped.Select(header => $"{header.Key}: {header.Value}"));
        Assert.Equal(("http", null, null, "blue"), (arrival.Request.Header("X-Forwarded-Proto"), arrival.Request.Header("Knative-Serving-Revision"), arrival.Request.Header("x-envoy-max-retries"), arrival.Request.Header("Tag")));
    }

    [Theory]
    [InlineData(1, true)]
    [InlineData(0, false)]
    public void Of_TrustedProxyOrAnyClientBelieved_KeepsItsScheme(uint trustedHops, bool useRemoteAddress)
    {
        var arrival = Arrival.Of(Listener(GatewayNames.External, new GatewaySettings { TrustedHops = trustedHops, UseRemoteAddress = useRemoteAddress }), Request);

        Assert.Equal("https", arrival.Request.Header("X-Forwarded-Proto"));
        Assert.DoesNotContain("x-forwarded-proto", arrival.Dropped.Keys);
    }

    [Fact]
    public void Of_ClientInTheCluster_KeepsAll()
    {
        var arrival = Arrival.Of(Listener(GatewayNames.Local, new GatewaySettings()), Request);

        Assert.Empty(arrival.Dropped);
        Assert.Equal(Request, arrival.Request);
    }

    [Fact]
    public void Of_SchemeThatIsTheListeners_IsNotSaidToBeDropped()
    {
        var arrival = Arrival.Of(Listener(GatewayNames.External, new GatewaySettings()), new GatewayRequest { Host = "a.example.com", Headers = GatewayRequest.NoHeaders.Add("X-Forwarded-Proto", "http") });

        Assert.Empty(arrival.Dropped);
        Assert.Equal("http", arrival.Request.Header("X-Forwarded-Proto"));
    }

    private static Listener Listener(string name, GatewaySettings settings) => ListenerTranslator.Translate(settings).Single(listener => listener.Name == name);
}
