namespace Knative.Xds.ControlPlane.Protocol;

/// <summary>How a client stands to one resource that it asked for.</summary>
public enum HeldState
{
    /// <summary>It has taken the newest version.</summary>
    Synced,
    /// <summary>The newest version, or the removal, is sent and not answered.</summary>
    Stale,
    /// <summary>The newest version, or the removal, is not sent yet: an answer is awaited first, or something that it depends on.</summary>
    NotSent,
    /// <summary>It has refused the newest version.</summary>
    Refused,
    /// <summary>It asked for a resource that there is not.</summary>
    Missing,
}
