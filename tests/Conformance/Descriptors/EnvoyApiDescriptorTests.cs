using Google.Protobuf.Reflection;

namespace Knative.Xds.Conformance.Descriptors;

public sealed class EnvoyApiDescriptorTests
{
    // The package is older than these; Envoy 1.40 has them, as the comparison with its own descriptors shows.
    private static readonly string[] Newer =
    [
        "envoy.config.common.mutation_rules.v3.HeaderMutation.RemoveOnMatch: ours message, upstream has none",
        "envoy.config.common.mutation_rules.v3.HeaderMutation.RemoveOnMatch.key_matcher: ours Optional Message .envoy.type.matcher.v3.StringMatcher = 1 (oneof none, optional False), upstream has none",
        "envoy.config.common.mutation_rules.v3.HeaderMutation.remove_on_match: ours Optional Message .envoy.config.common.mutation_rules.v3.HeaderMutation.RemoveOnMatch = 3 (oneof action, optional False), upstream has none",
        "envoy.extensions.transport_sockets.tls.v3.CommonTlsContext.custom_tls_certificate_selector: " +
        "ours Optional Message .envoy.config.core.v3.TypedExtensionConfig = 16 (oneof none, optional False), upstream has none",
    ];

    [Fact]
    public async Task Protos_ComparedWithUpstream_AgreeOnEveryNameAndNumber()
    {
        var upstream = await UpstreamDescriptors.GetAsync();

        Assert.Equal(Newer, DescriptorIndex.Differences(OurDescriptors.Load(), upstream));
    }

    [Fact]
    public async Task Protos_ComparedWithTheRealEnvoy_AgreeOnEveryNameAndNumber()
    {
        var ours = OurDescriptors.LoadAll();
        var envoys = await EnvoyDescriptors.GetAsync(ours.File.Select(file => file.Name));

        // Envoy has no client status service of its own; the package has it.
        Assert.Equal(["envoy/service/status/v3/csds.proto"], ours.File.Select(file => file.Name).Except(envoys.File.Select(file => file.Name)));
        Assert.DoesNotContain(DescriptorIndex.Differences(ours, envoys), difference => !difference.StartsWith("envoy.service.status.v3.", StringComparison.Ordinal));
    }

    [Fact]
    public void Protos_AllFiles_LieWhereTheirPackageSays()
    {
        Assert.All(OurDescriptors.Load().File, file => Assert.Equal(Path.GetDirectoryName(file.Name)!.Replace('/', '.'), file.Package));
    }

    [Fact]
    public async Task Protos_OneNumberChanged_IsFoundByName()
    {
        var upstream = await UpstreamDescriptors.GetAsync();
        var ours = OurDescriptors.Load();
        Message(ours, "envoy/config/cluster/v3/cluster.proto", "Cluster").Field.Single(field => field.Name == "connect_timeout").Number = 5000;

        var difference = Assert.Single(OurDifferences(ours, upstream));

        Assert.StartsWith("envoy.config.cluster.v3.Cluster.connect_timeout: ", difference, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Protos_OneEnumValueChanged_IsFoundByName()
    {
        var upstream = await UpstreamDescriptors.GetAsync();
        var ours = OurDescriptors.Load();
        Message(ours, "envoy/config/core/v3/base.proto", "HeaderValueOption").EnumType[0].Value[2].Number = 7;

        var difference = Assert.Single(OurDifferences(ours, upstream));

        Assert.StartsWith("envoy.config.core.v3.HeaderValueOption.HeaderAppendAction.OVERWRITE_IF_EXISTS_OR_ADD: ", difference, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Protos_OneFieldMadeRepeatedOrTakenOutOfItsOneof_IsFoundByName()
    {
        var upstream = await UpstreamDescriptors.GetAsync();
        var ours = OurDescriptors.Load();
        var route = Message(ours, "envoy/config/route/v3/route_components.proto", "Route");
        route.Field.Single(field => field.Name == "redirect").ClearOneofIndex();
        route.Field.Single(field => field.Name == "name").Label = FieldDescriptorProto.Types.Label.Repeated;

        var names = OurDifferences(ours, upstream).Select(difference => difference[..difference.IndexOf(':', StringComparison.Ordinal)]);

        Assert.Equal(["envoy.config.route.v3.Route.name", "envoy.config.route.v3.Route.redirect"], names);
    }

    private static IEnumerable<string> OurDifferences(FileDescriptorSet ours, FileDescriptorSet upstream) => DescriptorIndex.Differences(ours, upstream).Except(Newer);

    private static DescriptorProto Message(FileDescriptorSet set, string file, string message) =>
        set.File.Single(candidate => candidate.Name == file).MessageType.Single(candidate => candidate.Name == message);
}
