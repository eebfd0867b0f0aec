namespace Knative.Xds.Kube.Events;

/// <summary>Type of an Event.</summary>
public enum EventSeverity
{
    /// <summary>For information.</summary>
    Normal,
    /// <summary>Something is wrong.</summary>
    Warning,
}
