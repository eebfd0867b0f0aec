namespace Knative.Xds.Cli.Scale;

/// <summary>What the user asked of <c>kxds scale</c>.</summary>
/// <param name="Autoscaler">Admin address; null means that of the running system.</param>
/// <param name="Json">Whether the answer is for machines.</param>
internal sealed record ScaleOptions(Uri? Autoscaler, bool Json);
