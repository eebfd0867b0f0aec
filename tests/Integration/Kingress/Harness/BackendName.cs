namespace Knative.Xds.Integration.Kingress.Harness;

/// <summary>A backend's name.</summary>
internal sealed record BackendName(string Value);
