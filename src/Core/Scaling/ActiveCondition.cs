namespace Knative.Xds.Core.Scaling;

/// <summary>Condition Active of a PodAutoscaler.</summary>
public enum ActiveCondition
{
    /// <summary>Unknown, or never set: on its way up.</summary>
    Activating,
    /// <summary>True.</summary>
    Active,
    /// <summary>False.</summary>
    Inactive,
}
