using Knative.Xds.ControlPlane.Resources;

namespace Knative.Xds.ControlPlane.Protocol;

/// <summary>What the next response of a type changes.</summary>
/// <param name="Updates">Resources to send, sorted by name.</param>
/// <param name="Removals">Names to remove, sorted.</param>
internal sealed record Selection(List<EncodedResource> Updates, List<string> Removals)
{
    public bool IsEmpty => Updates.Count == 0 && Removals.Count == 0;
}
