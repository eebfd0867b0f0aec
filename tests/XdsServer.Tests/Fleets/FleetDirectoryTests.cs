using Envoy.Config.Core.V3;
using Google.Protobuf.WellKnownTypes;
using Knative.Xds.XdsServer.Fleets;

namespace Knative.Xds.XdsServer.Tests.Fleets;

public sealed class FleetDirectoryTests
{
    private static readonly Dictionary<string, string> NoLabels = [];

    private readonly FleetDirectory _fleets = new(
    [
        new FleetOptions { Name = "inside", IngressClasses = ["a", "b"] },
        new FleetOptions { Name = "prod", IngressClasses = ["a"], Selector = "env=prod" },
        new FleetOptions { Name = "old", IngressClasses = ["k"], NodeCluster = "kourier-knative" },
    ]);

    [Fact]
    public void Serving_ClassOfSeveralFleets_ThoseWhoseSelectorAgrees()
    {
        Assert.Equal(["inside", "prod"], _fleets.Serving("a", new Dictionary<string, string> { ["env"] = "prod" }).Select(fleet => fleet.Name));
        Assert.Equal(["inside"], _fleets.Serving("a", NoLabels).Select(fleet => fleet.Name));
        Assert.Equal(["inside"], _fleets.Serving("b", NoLabels).Select(fleet => fleet.Name));
    }

    [Fact]
    public void Serving_UnknownClass_Nobody() => Assert.Empty(_fleets.Serving("other", NoLabels));

    [Fact]
    public void Find_MetadataNamesAFleet_IsThatOne() => Assert.Equal("prod", _fleets.Find(Named("prod"), out _)!.Name);

    [Fact]
    public void Find_MetadataNamesNoFleetOfOurs_SaysWhichThereAre()
    {
        Assert.Null(_fleets.Find(Named("pord"), out var problem));
        Assert.Equal("node n: there is no fleet \"pord\"; the fleets are inside, prod, old", problem);
    }

    [Fact]
    public void Find_NoMetadata_IsTheFleetOfTheNodesCluster() => Assert.Equal("old", _fleets.Find(new() { Id = "n", Cluster = "kourier-knative" }, out _)!.Name);

    [Fact]
    public void Find_NoMetadataAndNoDefault_SaysWhatIsMissing()
    {
        Assert.Null(_fleets.Find(new() { Id = "n", Cluster = "x" }, out var problem));
        Assert.Equal("node n: metadata \"kxds.fleet\" must name one of the fleets inside, prod, old", problem);
    }

    [Fact]
    public void Find_NoMetadata_IsTheDefaultFleet()
    {
        var fleets = new FleetDirectory([new() { Name = "x", IngressClasses = ["a"] }, new() { IngressClasses = ["a"] }]);

        Assert.Equal("default", fleets.Find(new() { Id = "n" }, out _)!.Name);
    }

    [Fact]
    public void Find_NoMetadataAndOneFleet_IsTheOnlyOne() =>
        Assert.Equal("x", new FleetDirectory([new() { Name = "x", IngressClasses = ["a"] }]).Find(new() { Id = "n" }, out _)!.Name);

    [Fact]
    public void Constructor_TwoOfOneName_NamesThem()
    {
        var error = Assert.Throws<FormatException>(() => new FleetDirectory([new() { Name = "x", IngressClasses = ["a"] }, new() { Name = "x", IngressClasses = ["b"] }]));

        Assert.Equal("fleets x, x: name \"x\" must be one fleet's alone", error.Message);
    }

    [Fact]
    public void Constructor_BadSelector_NamesTheFleet()
    {
        var error = Assert.Throws<FormatException>(() => new FleetDirectory([new() { Name = "x", IngressClasses = ["a"], Selector = "a b" }]));

        Assert.StartsWith("fleet x: selector: \"a b\"", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Constructor_NoClass_NamesTheFleet() =>
        Assert.Equal("fleet x: ingressClasses: there is none", Assert.Throws<FormatException>(() => new FleetDirectory([new() { Name = "x" }])).Message);

    private static Node Named(string fleet) => new() { Id = "n", Metadata = new Struct { Fields = { [FleetOptions.MetadataKey] = Value.ForString(fleet) } } };
}
