using Knative.Xds.Core.Model;

namespace Knative.Xds.Sandbox.Composition;

/// <summary>A revision as its operator sees it.</summary>
public sealed record RevisionView
{
    /// <summary>Namespace and name.</summary>
    public required ObjectKey Key { get; init; }
    /// <summary>Share of the traffic of each host that names the revision, e.g. <c>90 %</c>; empty when none does.</summary>
    public string Share { get; init; } = "";
    /// <summary>Mode of its SKS: <c>Serve</c>, <c>Proxy</c>, or <c>-</c> when it has none yet.</summary>
    public string Mode { get; init; } = "-";
    /// <summary>Status of the PA's condition Active, with the reason when it is not True.</summary>
    public string Active { get; init; } = "-";
    /// <summary>Pods that the autoscaler wants; null or negative when it does not know.</summary>
    public int? DesiredScale { get; init; }
    /// <summary>Pods that exist.</summary>
    public int Pods { get; init; }
    /// <summary>Pods that are ready.</summary>
    public int ReadyPods { get; init; }
    /// <summary>Requests that the activator has forwarded and the pods last reported, unanswered.</summary>
    public int InFlight { get; init; }
    /// <summary>Requests that wait in the activator.</summary>
    public int Waiting { get; init; }
}
