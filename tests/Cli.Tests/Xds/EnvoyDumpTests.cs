using System.Text.Json.Nodes;
using Knative.Xds.Cli.Xds;
using Knative.Xds.XdsServer.Introspection;

namespace Knative.Xds.Cli.Tests.Xds;

public sealed class EnvoyDumpTests
{
    private const string Dump = """
        {"configs":[
          {"@type":"type.googleapis.com/envoy.admin.v3.BootstrapConfigDump","bootstrap":{"node":{"id":"gateway-1"}}},
          {"@type":"type.googleapis.com/envoy.admin.v3.ClustersConfigDump","static_clusters":[{"cluster":{"name":"kxds_xds_server"}}],
            "dynamic_active_clusters":[{"version_info":"v1","cluster":{"name":"a"}},{"version_info":"v2","cluster":{"name":"b"}}]},
          {"@type":"type.googleapis.com/envoy.admin.v3.RoutesConfigDump","dynamic_route_configs":[{"version_info":"7","route_config":{"name":"r1"}},{"version_info":"7","route_config":{"name":"r2"}}]},
          {"@type":"type.googleapis.com/envoy.admin.v3.ScopedRoutesConfigDump","dynamic_scoped_route_configs":[{"name":"external","scoped_route_configs":[{"name":"external|a"},{"name":"~warm/r1"}]}]}
        ]}
        """;

    [Fact]
    public void Diff_AgainstWhatItShouldHave_FindsMissingExtraAndOtherVersions()
    {
        var rows = DiffRow.Of(EnvoyDump.Parse(JsonNode.Parse(Dump)!),
        [
            Entry("cds", "a", "v1"), Entry("cds", "b", "v3"), Entry("cds", "c", "v1"),
            Entry("rds", "r1", "v1"), Entry("rds", "r2", "v1"), Entry("sds", "fetched-on-demand", "v1"),
        ]);

        Assert.Equal(
        [
            new DiffRow("gateway-1", "cds", "b", "differs", "v2", "v3", null),
            new DiffRow("gateway-1", "cds", "c", "missing", null, "v1", null),
            new DiffRow("gateway-1", "srds", "external|a", "extra", null, null, null),
        ], rows);
    }

    [Fact]
    public void Diff_CertificatesUnderTheNamesAskedFor_AndTheGatewaysOwn_AreNotExtra()
    {
        const string dump = """
            {"configs":[
              {"@type":"type.googleapis.com/envoy.admin.v3.BootstrapConfigDump","bootstrap":{"node":{"id":"gateway-1"},"static_resources":{"clusters":[
                {"transport_socket":{"typed_config":{"common_tls_context":{"tls_certificate_sds_secret_configs":[{"name":"kxds_client_certificate","sds_config":{"path_config_source":{"path":"/a"}}}]}}}}]}}},
              {"@type":"type.googleapis.com/envoy.admin.v3.SecretsConfigDump","dynamic_active_secrets":[
                {"name":"kxds_client_certificate","version_info":"1"},
                {"name":"A.example.com","version_info":"2"},
                {"name":"b.wild.example.com","version_info":"3"},
                {"name":"c.example.com","version_info":"4"},
                {"name":"gone.example.com","version_info":"5"}]}
            ]}
            """;

        var rows = DiffRow.Of(EnvoyDump.Parse(JsonNode.Parse(dump)!), [Entry("sds", "a.example.com", "v1"), Entry("sds", "*.wild.example.com", "v2"), Entry("sds", "c.example.com", "v3")]);

        Assert.Equal(
        [
            new DiffRow("gateway-1", "sds", "c.example.com", "differs", "4", "v3", null),
            new DiffRow("gateway-1", "sds", "gone.example.com", "extra", "5", null, null),
        ], rows);
    }

    private static ResourceEntry Entry(string type, string name, string version) => new("default", type, name, version, 1, [], null);
}
