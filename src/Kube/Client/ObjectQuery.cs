namespace Knative.Xds.Kube.Client;

/// <summary>Which objects of a kind to list or watch.</summary>
/// <param name="Namespace">Namespace; null means all.</param>
/// <param name="LabelSelector">Label selector; null means all.</param>
/// <param name="FieldSelector">Field selector; null means all.</param>
public sealed record ObjectQuery(string? Namespace = null, string? LabelSelector = null, string? FieldSelector = null);
