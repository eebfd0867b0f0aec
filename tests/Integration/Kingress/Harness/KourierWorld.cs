using System.Net;
using Knative.Xds.Testing;
using Knative.Xds.Testing.Gateways;
using Knative.Xds.XdsServer;

namespace Knative.Xds.Integration.Kingress.Harness;

/// <summary>A world whose gateway is net-kourier's.</summary>
public sealed class KourierWorld : IAsyncLifetime
{
    private KingressWorld? _world;

    internal KingressWorld World => _world!;
    internal IPEndPoint Probe { get; private set; } = null!;
    internal IPEndPoint TlsProbe { get; private set; } = null!;
    internal IPEndPoint Stats { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        if (RealComponents.Envoy is null)
        {
            return;
        }

        var free = FixedEndPoint.Free(4).Select(IPEndPoint.Parse).ToArray();
        (Probe, TlsProbe, Stats) = (free[0], free[1], free[2]);
        _world = await KingressWorld.StartAsync(
            options => (options.Gateways, options.ProbeListen, options.TlsProbeListen) = (GatewayProfile.Kourier, $"{Probe}", $"{TlsProbe}"),
            options => options with { Bootstrap = _ => KourierBootstrap.Of(options.XdsPort, Stats.Port, free[3].Port) });
    }

    /// <summary>A namespace of the world.</summary>
    internal Task<TestNamespace> NamespaceAsync()
    {
        RealComponents.OrSkip(RealComponents.Envoy, "envoy");
        return World.NamespaceAsync();
    }

    public async ValueTask DisposeAsync()
    {
        if (_world is not null)
        {
            await _world.DisposeAsync();
        }
    }
}
