using Knative.Xds.ControlPlane.Resources;
using Knative.Xds.XdsServer.Pipeline;
using Knative.Xds.XdsServer.Reporting;
using Knative.Xds.XdsServer.Streams;

namespace Knative.Xds.XdsServer.Fleets;

/// <summary>One fleet: which ingresses it serves, its view of the resources, what its gateways say.</summary>
/// <remarks>Resources are encoded once and shared by all fleets; a fleet has the tables that name them. Threading: <see cref="Streams"/> is
/// for everyone, all else that changes is the owner loop's.</remarks>
internal sealed class Fleet
{
    private readonly LabelQuery _selector;

    /// <summary>Makes a fleet without resources.</summary>
    /// <exception cref="FormatException">The selector is malformed.</exception>
    public Fleet(FleetOptions options)
    {
        Options = options;
        _selector = ParseSelector(options);
        Former = new FormerVersions(Ledger);
        Owners = new ResourceOwners(Store, Former);
    }

    public FleetOptions Options { get; }
    public string Name => Options.Name;
    /// <summary>The fleet's resources.</summary>
    public ResourceStore Store { get; } = new();
    /// <summary>Which ingress uses which of them.</summary>
    public ResourceOwners Owners { get; }
    /// <summary>Whose each host is: two fleets may give one host to two ingresses.</summary>
    public HostClaims Claims { get; } = new();
    /// <summary>What the gateways have taken and refused.</summary>
    public GatewayLedger Ledger { get; } = new();
    /// <summary>What the gateways still hold of what is not served any more.</summary>
    public FormerVersions Former { get; }
    /// <summary>The gateways' streams.</summary>
    public StreamRegistry Streams { get; } = new();

    /// <summary>Whether ingresses of the fleet's classes with these labels are the fleet's.</summary>
    public bool Selects(IReadOnlyDictionary<string, string> labels) => _selector.Selects(labels);

    /// <inheritdoc/>
    public override string ToString() => Name;

    private static LabelQuery ParseSelector(FleetOptions options)
    {
        try
        {
            return LabelQuery.Parse(options.Selector);
        }
        catch (FormatException malformed)
        {
            throw new FormatException($"fleet {options.Name}: selector: {malformed.Message}", malformed);
        }
    }
}
