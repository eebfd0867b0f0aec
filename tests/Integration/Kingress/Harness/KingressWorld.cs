using Knative.Xds.Integration.Xds;
using Knative.Xds.Testing.Gateways;
using Knative.Xds.XdsServer;

namespace Knative.Xds.Integration.Kingress.Harness;

/// <summary>The embedded API, the xDS server and a real Envoy, with clients of its listeners.</summary>
internal sealed class KingressWorld : IAsyncDisposable
{
    private int _namespaces;

    private KingressWorld(XdsStack server, RealEnvoy envoy, AdsRelay? relay, string[] listeners)
    {
        (Server, Envoy, Relay) = (server, envoy, relay);
        External = new GatewayClient(listeners[0]);
        Local = new GatewayClient(listeners[1]);
    }

    public XdsStack Server { get; }
    public RealEnvoy Envoy { get; }
    /// <summary>Between server and Envoy; null when they talk directly.</summary>
    public AdsRelay? Relay { get; }
    public GatewayClient External { get; }
    public GatewayClient Local { get; }

    /// <summary>Starts all; skips the test where there is no Envoy.</summary>
    public static async Task<KingressWorld> StartAsync(bool withRelay = false, Action<XdsServerOptions>? configure = null)
    {
        Testing.RealComponents.OrSkip(Testing.RealComponents.Envoy, "envoy");
        var listeners = FixedEndPoint.Free(2);
        var server = await XdsStack.StartAsync(options =>
        {
            (options.ExternalListen, options.LocalListen) = (listeners[0], listeners[1]);
            configure?.Invoke(options);
        });
        var relay = withRelay ? await AdsRelay.StartAsync(server.XdsPort) : null;
        var envoy = RealEnvoy.Start(new RealEnvoyOptions { XdsPort = relay?.Port ?? server.XdsPort, ExternalListen = listeners[0] });
        return new KingressWorld(server, envoy, relay, listeners);
    }

    /// <summary>A namespace that no other test knows, so that tests can share all of this.</summary>
    public Task<TestNamespace> NamespaceAsync() => TestNamespace.CreateAsync(this, $"t{Interlocked.Increment(ref _namespaces)}");

    public async ValueTask DisposeAsync()
    {
        External.Dispose();
        Local.Dispose();
        await Envoy.DisposeAsync();
        if (Relay is not null)
        {
            await Relay.DisposeAsync();
        }

        await Server.DisposeAsync();
    }
}
