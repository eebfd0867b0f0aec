using Knative.Xds.Core.Wire;
using Knative.Xds.Sandbox.Gateway;
using Microsoft.Extensions.Logging;

namespace Knative.Xds.Sandbox.Composition;

/// <summary>Chooses and starts the gateway.</summary>
internal static class GatewayStarter
{
    public static async Task<ISandboxGateway> StartAsync(
        SandboxSettings settings, SandboxNetwork network, ILoggerFactory loggers, TimeProvider time, CancellationToken cancellationToken)
    {
        var envoy = settings.Gateway == GatewayChoice.Embedded ? null : EnvoyLocator.Find();
        if (envoy is not null)
        {
            return await EnvoyGateway.StartAsync(envoy, settings, network, loggers, time, cancellationToken);
        }

        if (settings.Gateway == GatewayChoice.Envoy)
        {
            throw new SandboxException("--gateway envoy: no Envoy was found; set ENVOY_BIN to its path, put it on PATH, or use --gateway embedded");
        }

        var gateway = await StartEmbeddedAsync(network, loggers, time, cancellationToken);
        var reason = settings.Gateway == GatewayChoice.Auto ? "no Envoy was found in ENVOY_BIN, KXDS_TOOLS or PATH" : "as asked";
        return new EmbeddedSandboxGateway(gateway, $"embedded gateway ({reason}), configured over delta ADS");
    }

    private static async Task<EmbeddedGateway> StartEmbeddedAsync(SandboxNetwork network, ILoggerFactory loggers, TimeProvider time, CancellationToken cancellationToken)
    {
        try
        {
            var options = new EmbeddedGatewayOptions { XdsAddress = $"{network.XdsServer}:{Ports.Xds}", NodeId = "kxds-embedded", NodeCluster = "kxds-gateway" };
            return await EmbeddedGateway.StartAsync(options, loggers, time, cancellationToken);
        }
        catch (IOException taken)
        {
            throw new SandboxException($"the gateway cannot listen: {taken.Message} Choose another port with --port (it and the next one must be free)", taken);
        }
    }

    private sealed class EmbeddedSandboxGateway(EmbeddedGateway gateway, string description) : ISandboxGateway
    {
        public string Name => "embedded";

        public string Description => description;

        public string? Problem => null;

        public ValueTask DisposeAsync() => gateway.DisposeAsync();
    }
}
