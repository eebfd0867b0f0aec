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

    [Fact]
    public void Render_WithoutTls_HasNothingOfIt() =>
        Assert.DoesNotContain("tls", YamlJson.ParseAll(BootstrapTemplate.Render(new BootstrapSettings { NodeId = "a", XdsHost = "h", XdsPort = 1 })).Single().ToJsonString(), StringComparison.OrdinalIgnoreCase);

    [Fact]
    public void Render_WithTls_ChecksTheServersNameAndReadsItsOwnCertificateFromFiles()
    {
        var tls = new BootstrapTls { ServerName = "xds.example", SecretsDirectory = "/etc/kxds/sds", CertificateDirectory = "/etc/kxds/tls" };

        var bootstrap = YamlJson.ParseAll(BootstrapTemplate.Render(new BootstrapSettings { NodeId = "a", XdsHost = "h", XdsPort = 1, Tls = tls })).Single();
        var secrets = BootstrapTemplate.RenderSecrets(tls);

        var context = bootstrap["static_resources"]!["clusters"]![0]!["transport_socket"]!["typed_config"]!;
        Assert.Equal("xds.example", $"{context["sni"]}");
        Assert.Equal("/etc/kxds/sds/client-certificate.yaml", $"{context["common_tls_context"]!["tls_certificate_sds_secret_configs"]![0]!["sds_config"]!["path_config_source"]!["path"]}");
        Assert.Equal(["client-certificate.yaml", "server-ca.yaml"], secrets.Keys);
        Assert.Equal("/etc/kxds/tls/tls.key", $"{YamlJson.ParseAll(secrets["client-certificate.yaml"]).Single()["resources"]![0]!["tls_certificate"]!["private_key"]!["filename"]}");
        Assert.DoesNotContain(secrets.Values.Append(bootstrap.ToJsonString()), text => text.Contains("${KXDS", StringComparison.Ordinal));
    }
}
