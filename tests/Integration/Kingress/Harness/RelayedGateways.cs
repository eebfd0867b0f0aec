namespace Knative.Xds.Integration.Kingress.Harness;

/// <summary>The tests that share one <see cref="RelayedKingressWorld"/>, and so run one after the other.</summary>
[CollectionDefinition(Name)]
public sealed class RelayedGateways : ICollectionFixture<RelayedKingressWorld>
{
    /// <value>Name of the collection.</value>
    public const string Name = "relayed gateways";
}
