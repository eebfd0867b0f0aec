using Knative.Xds.ControlPlane.Translation;
using Knative.Xds.Kube.Manifests;

namespace Knative.Xds.ControlPlane.Tests.Translation;

public sealed class BootstrapTemplateTests
{
    [Fact]
    public void Render_OddNames_StayWhatTheyAre()
    {
        var settings = new BootstrapSettings { NodeId = "gw \"1\" \\ : #", NodeCluster = "edge", Fleet = "outside", XdsHost = "xds.example", XdsPort = 18001, AdminPort = 9901 };

        var bootstrap = YamlJson.ParseAll(BootstrapTemplate.Render(settings)).Single();

        Assert.Equal("gw \"1\" \\ : #", bootstrap["node"]!["id"]!.ToString());
        Assert.Equal("edge", bootstrap["node"]!["cluster"]!.ToString());
        Assert.Equal("outside", bootstrap["node"]!["metadata"]!["kxds.fleet"]!.ToString());
        Assert.Equal("9901", bootstrap["admin"]!["address"]!["socket_address"]!["port_value"]!.ToString());
        Assert.Equal(
            """{"address":"xds.example","port_value":18001}""",
            bootstrap["static_resources"]!["clusters"]![0]!["load_assignment"]!["endpoints"]![0]!["lb_endpoints"]![0]!["endpoint"]!["address"]!["socket_address"]!.ToJsonString());
    }

    [Fact]
    public void Render_AllSettings_LeavesNoPlaceholder()
    {
        var text = BootstrapTemplate.Render(new BootstrapSettings { NodeId = "a", XdsHost = "h", XdsPort = 1 });

        Assert.DoesNotContain("${KXDS", text, StringComparison.Ordinal);
    }
}
