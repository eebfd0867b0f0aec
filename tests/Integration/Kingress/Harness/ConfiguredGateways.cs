namespace Knative.Xds.Integration.Kingress.Harness;

/// <summary>The tests that share one <see cref="ConfiguredWorld"/>, and so run one after the other.</summary>
[CollectionDefinition(Name)]
public sealed class ConfiguredGateways : ICollectionFixture<ConfiguredWorld>
{
    /// <value>Name of the collection.</value>
    public const string Name = "configured gateways";
}
