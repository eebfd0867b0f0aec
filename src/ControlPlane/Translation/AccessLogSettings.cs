namespace Knative.Xds.ControlPlane.Translation;

/// <summary>Access logs of gateways.</summary>
/// <param name="Path">File, e.g. <c>/dev/stdout</c>.</param>
/// <param name="Template">A line in Envoy's format, or a JSON object whose texts are in it; empty means Envoy's own line.</param>
public sealed record AccessLogSettings(string Path, string Template = "");
