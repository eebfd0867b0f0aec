namespace Knative.Xds.Kube.Client;

/// <summary>Kind of a watch event.</summary>
public enum ObjectEventType
{
    /// <summary>Created, or came into the selection.</summary>
    Added,
    /// <summary>Changed.</summary>
    Modified,
    /// <summary>Deleted, or left the selection.</summary>
    Deleted,
    /// <summary>Progress only.</summary>
    Bookmark,
    /// <summary>Created or changed, but does not fit its type: only its metadata can be read.</summary>
    Undecodable,
}
