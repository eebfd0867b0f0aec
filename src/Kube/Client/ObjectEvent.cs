namespace Knative.Xds.Kube.Client;

/// <summary>One event of a watch.</summary>
/// <param name="Type">What happened.</param>
/// <param name="Value">The object after (on deletion: before) the event; on a bookmark only its resourceVersion counts.</param>
public readonly record struct ObjectEvent<T>(ObjectEventType Type, T Value);
