using Knative.Xds.Sandbox.Composition;

namespace Knative.Xds.Cli.Up;

/// <summary>What the user asked of <c>kxds up</c>.</summary>
internal sealed record UpOptions(GatewayChoice Gateway, int Port, string? Manifests, string? Data, string? Kubeconfig, bool Smoke);
