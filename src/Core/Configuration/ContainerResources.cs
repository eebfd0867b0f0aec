namespace Knative.Xds.Core.Configuration;

/// <summary>Amounts of the three resources; null where none is named.</summary>
public sealed record ContainerResources
{
    /// <value>CPU.</value>
    public Quantity? Cpu { get; init; }
    /// <value>Memory.</value>
    public Quantity? Memory { get; init; }
    /// <value>Ephemeral storage.</value>
    public Quantity? EphemeralStorage { get; init; }
}
