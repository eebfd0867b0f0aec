namespace Knative.Xds.Core.Admission;

/// <summary>How a pod is chosen among those with a free slot.</summary>
/// <remarks>Source: knative/serving pkg/activator/net/lb_policy.go.</remarks>
public enum PickPolicy
{
    /// <summary>The less busy one of two random pods; slots are not limited.</summary>
    RandomOfTwo,
    /// <summary>The first pod in address order that has a free slot: fills pods one by one.</summary>
    FirstAvailable,
    /// <summary>The next pod with a free slot after the one picked last.</summary>
    RoundRobin,
}
