namespace Knative.Xds.ControlPlane.Resources;

/// <summary>What the gateways of a fleet have to say about a change of its resources.</summary>
public interface IResourceRules
{
    /// <summary>The resource to serve where another is wanted: that one, or the last good one where that is refused.</summary>
    EncodedResource Admit(EncodedResource wanted);

    /// <summary>A resource has been replaced in the store, or has left it.</summary>
    /// <param name="old">The resource that was served.</param>
    /// <param name="next">What is served in its place; null for nothing.</param>
    void Replaced(EncodedResource old, EncodedResource? next);

    /// <summary>Whether a resource that nobody wants any more must stay for a while, as a gateway may still use it.</summary>
    bool IsInUse(EncodedResource resource);

    /// <summary>Whether such a resource must stay however long it takes, as something refers to it that is served in place of what gateways refuse.</summary>
    bool IsServedFor(EncodedResource resource);
}
