using Knative.Xds.XdsServer.Fleets;

namespace Knative.Xds.XdsServer.Tests.Fleets;

public sealed class FleetFileTests
{
    [Fact]
    public void Parse_TwoFleets_ReadsEveryField()
    {
        var fleets = FleetFile.Parse("""
            fleets:
            - name: outside
              ingressClasses: [xds.ingress.networking.knative.dev]
              selector: env=prod
              nodeCluster: edge
              externalListen: 0.0.0.0:80
              localListen: 0.0.0.0:81
              publicAddress: edge.example.svc
              privateAddress: edge-local.example.svc
            - { name: inside, ingressClasses: [a, b] }
            """);

        Assert.Equal(
            new FleetOptions
            {
                Name = "outside",
                IngressClasses = fleets[0].IngressClasses,
                Selector = "env=prod",
                NodeCluster = "edge",
                ExternalListen = "0.0.0.0:80",
                LocalListen = "0.0.0.0:81",
                PublicAddress = "edge.example.svc",
                PrivateAddress = "edge-local.example.svc",
            },
            fleets[0]);
        Assert.Equal(["a", "b"], fleets[1].IngressClasses);
    }

    [Fact]
    public void Parse_MisspeltField_NamesIt()
    {
        var error = Assert.ThrowsAny<Exception>(() => FleetFile.Parse("fleets: [{ name: x, selektor: a=b }]"));

        Assert.Contains("selektor", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("fleets: [x]")]
    [InlineData("fleets: [null]")]
    public void Parse_EntryThatIsNoObject_SaysSo(string text) =>
        Assert.Equal("fleets: an entry is no object", Assert.Throws<FormatException>(() => FleetFile.Parse(text)).Message);

    [Fact]
    public void Parse_NoList_SaysWhatIsMissing() =>
        Assert.Equal("there must be one document with a list \"fleets\"", Assert.Throws<FormatException>(() => FleetFile.Parse("fleet: []")).Message);
}
