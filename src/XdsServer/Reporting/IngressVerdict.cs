using System.Collections.Immutable;
using Knative.Xds.Core.Model;

namespace Knative.Xds.XdsServer.Reporting;

/// <summary>All that an ingress's status says.</summary>
internal sealed record IngressVerdict
{
    /// <summary>Generation that it is about.</summary>
    public required long Generation { get; init; }
    /// <summary>What is wrong in the ingress; empty when all is well.</summary>
    public ImmutableArray<Problem> Problems { get; init; } = [];
    /// <summary>Hosts that it claims in vain.</summary>
    public ImmutableArray<Problem> Conflicts { get; init; } = [];
    /// <summary>What is wrong with its certificates; its routes are in effect.</summary>
    public ImmutableArray<Problem> CertificateProblems { get; init; } = [];
    /// <summary>Services whose endpoints it waits for.</summary>
    public ImmutableArray<ObjectKey> Awaited { get; init; } = [];
    /// <summary>What the gateways say.</summary>
    public GatewayState Gateways { get; init; }
    /// <summary>Whether the gateways are about to say more: nothing is wrong, they have just not answered yet.</summary>
    public bool IsProvisional => Gateways == GatewayState.Waiting && Problems.IsEmpty && Conflicts.IsEmpty;
    /// <summary>A refusing gateway's words; empty otherwise.</summary>
    public string Message { get; init; } = "";
    /// <summary>Where the outside world reaches the ingress; empty: nowhere.</summary>
    public string PublicAddress { get; init; } = "";
    /// <summary>Where the cluster reaches it.</summary>
    public string PrivateAddress { get; init; } = "";
}
