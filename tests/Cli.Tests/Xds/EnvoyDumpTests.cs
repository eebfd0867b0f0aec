using System.Text.Json.Nodes;
using Envoy.Config.Cluster.V3;
using Envoy.Config.Core.V3;
using Envoy.Config.Listener.V3;
using Envoy.Config.Route.V3;
using Envoy.Extensions.TransportSockets.Tls.V3;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Knative.Xds.Cli.Xds;
using Knative.Xds.ControlPlane.Resources;
using Knative.Xds.XdsServer.Introspection;
using Fragment = Envoy.Config.Route.V3.ScopedRouteConfiguration.Types.Key.Types.Fragment;

namespace Knative.Xds.Cli.Tests.Xds;

public sealed class EnvoyDumpTests
{
    private const string Dump = """
        {"configs":[
          {"@type":"type.googleapis.com/envoy.admin.v3.BootstrapConfigDump","bootstrap":{"node":{"id":"gateway-1"}}},
          {"@type":"type.googleapis.com/envoy.admin.v3.ClustersConfigDump","static_clusters":[{"cluster":{"name":"kxds_xds_server"}}],
            "dynamic_active_clusters":[{"version_info":"v1","cluster":{"name":"a"}},{"version_info":"v2","cluster":{"name":"b"}}]},
          {"@type":"type.googleapis.com/envoy.admin.v3.RoutesConfigDump","dynamic_route_configs":[{"version_info":"v1","route_config":{"name":"r1"}},{"version_info":"v1","route_config":{"name":"r2"}}]},
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

    // A state-of-the-world stream gives each resource the version of the response that it came by.
    private const string StateOfTheWorld = """
        {"configs":[
          {"@type":"type.googleapis.com/envoy.admin.v3.BootstrapConfigDump","bootstrap":{"node":{"id":"gateway-1"}}},
          {"@type":"type.googleapis.com/envoy.admin.v3.ClustersConfigDump","dynamic_active_clusters":[
            {"version_info":"response-1","cluster":{"@type":"type.googleapis.com/envoy.config.cluster.v3.Cluster","name":"a","type":"EDS","connect_timeout":"5s"}},
            {"version_info":"response-2","cluster":{"@type":"type.googleapis.com/envoy.config.cluster.v3.Cluster","name":"b","type":"EDS","connect_timeout":"5s"}},
            {"version_info":"response-2","cluster":{"@type":"type.googleapis.com/envoy.config.cluster.v3.Cluster","name":"odd","connect_timeout":"soon"}}]},
          {"@type":"type.googleapis.com/envoy.admin.v3.ListenersConfigDump","dynamic_listeners":[{"name":"external","active_state":{"version_info":"response-3","listener":{"@type":"type.googleapis.com/envoy.config.listener.v3.Listener","name":"external","per_connection_buffer_limit_bytes":32768}}}]},
          {"@type":"type.googleapis.com/envoy.admin.v3.SecretsConfigDump","dynamic_active_secrets":[
            {"name":"a.example.com","version_info":"response-4","secret":{"@type":"type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.Secret","name":"a.example.com","tls_certificate":{"certificate_chain":{"inline_string":"chain"},"private_key":{"inline_bytes":"W3JlZGFjdGVkXQ=="}}}},
            {"name":"b.example.com","version_info":"response-4","secret":{"@type":"type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.Secret","name":"b.example.com","tls_certificate":{"certificate_chain":{"inline_string":"old"},"private_key":{"inline_bytes":"W3JlZGFjdGVkXQ=="}}}}]},
          {"@type":"type.googleapis.com/envoy.admin.v3.ScopedRoutesConfigDump","dynamic_scoped_route_configs":[{"name":"external","version_info":"response-5","scoped_route_configs":[
            {"@type":"type.googleapis.com/envoy.config.route.v3.ScopedRouteConfiguration","name":"external|a","route_configuration_name":"ns/a/external","key":{"fragments":[{"string_key":"external"},{"string_key":"a"}]}},
            {"@type":"type.googleapis.com/envoy.config.route.v3.ScopedRouteConfiguration","name":"external|b","route_configuration_name":"ns/old/external","key":{"fragments":[{"string_key":"external"},{"string_key":"b"}]}}]}]}
        ]}
        """;

    [Fact]
    public void Diff_VersionsThatAreOfResponses_TheContentsDecide()
    {
        var rows = DiffRow.Of(EnvoyDump.Parse(JsonNode.Parse(StateOfTheWorld)!),
        [
            Entry(new Cluster { Name = "a", Type = Cluster.Types.DiscoveryType.Eds, ConnectTimeout = Duration.FromTimeSpan(TimeSpan.FromSeconds(5)) }),
            Entry(new Cluster { Name = "b", Type = Cluster.Types.DiscoveryType.Eds, ConnectTimeout = Duration.FromTimeSpan(TimeSpan.FromSeconds(6)) }),
            Entry(new Cluster { Name = "odd" }),
            Entry(new Listener { Name = "external", PerConnectionBufferLimitBytes = 32768 }),
            Entry(Certificate("a.example.com", "chain")),
            Entry(Certificate("b.example.com", "new")),
            Entry(Scope("a", "ns/a/external")),
            Entry(Scope("b", "ns/b/external")),
        ]);

        Assert.Equal(
            ["cds b response-2", "cds odd response-2", "sds b.example.com response-4", "srds external|b "],
            rows.Select(row => $"{row.Type} {row.Name} {row.Has}"));
        Assert.All(rows, row => Assert.Equal("differs", row.State));
    }

    [Fact]
    public void ToCompare_Types_AreThoseWhoseVersionsDoNotTell()
    {
        var dump = EnvoyDump.Parse(JsonNode.Parse(StateOfTheWorld)!);

        Assert.Equal(
            [ResourceType.Cluster, ResourceType.ScopedRouteConfiguration],
            DiffRow.ToCompare(dump, [Entry("cds", "a", "response-1"), Entry("cds", "b", "other"), Entry("lds", "external", "response-3"), Entry("srds", "external|a", "any"), Entry("rds", "r1", "v1")]));
    }

    [Fact]
    public void Parse_Fleet_IsThatOfTheNodesMetadata()
    {
        const string dump = """{"configs":[{"@type":"type.googleapis.com/envoy.admin.v3.BootstrapConfigDump","bootstrap":{"node":{"id":"gateway-1","metadata":{"kxds.fleet":"edge"}}}}]}""";

        Assert.Equal(("gateway-1", "edge"), (EnvoyDump.Parse(JsonNode.Parse(dump)!).Gateway, EnvoyDump.Parse(JsonNode.Parse(dump)!).Fleet));
        Assert.Null(EnvoyDump.Parse(JsonNode.Parse(Dump)!).Fleet);
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

    private static Secret Certificate(string name, string chain) =>
        new() { Name = name, TlsCertificate = new TlsCertificate { CertificateChain = new DataSource { InlineString = chain }, PrivateKey = new DataSource { InlineString = "the key" } } };

    private static ScopedRouteConfiguration Scope(string host, string routes) => new()
    {
        Name = $"external|{host}",
        RouteConfigurationName = routes,
        Key = new ScopedRouteConfiguration.Types.Key { Fragments = { new Fragment { StringKey = "external" }, new Fragment { StringKey = host } } },
    };

    private static ResourceEntry Entry(IMessage message)
    {
        var resource = EncodedResource.Of(message);
        return new("default", resource.Type.ShortName(), resource.Name, resource.Version, resource.Size, resource.References, JsonNode.Parse(ResourceText.Json(resource)));
    }

    private static ResourceEntry Entry(string type, string name, string version) => new("default", type, name, version, 1, [], null);
}
