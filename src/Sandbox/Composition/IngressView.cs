namespace Knative.Xds.Sandbox.Composition;

/// <summary>A KIngress as its operator sees it.</summary>
/// <param name="Namespace">Namespace.</param>
/// <param name="Name">Name.</param>
/// <param name="Ready">Status of its condition Ready; <c>Unknown</c> when it has none.</param>
public sealed record IngressView(string Namespace, string Name, string Ready);
