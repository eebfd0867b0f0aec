using System.Net;
using Knative.Xds.Integration.Xds;
using Knative.Xds.Testing;
using Knative.Xds.Testing.Gateways;
using Knative.Xds.XdsServer;

namespace Knative.Xds.Integration.Kingress.Harness;

/// <summary>The embedded API, the xDS server and a real Envoy, with clients of its listeners.</summary>
internal sealed class KingressWorld : IAsyncDisposable
{
    private readonly string[] _listeners;
    private int _namespaces;
    private RealEnvoy? _envoy;
    private RealEnvoy? _second;
    private AdsRelay? _relay;
    private Func<RealEnvoyOptions, RealEnvoyOptions> _adjust = options => options;

    private KingressWorld(XdsStack server, string[] listeners, bool reuse)
    {
        (Server, _listeners) = (server, listeners);
        External = new GatewayClient(listeners[0], reuse);
        Local = new GatewayClient(listeners[1], reuse);
        ExternalTls = new GatewayClient(listeners[2], reuse);
        LocalTls = new GatewayClient(listeners[3], reuse);
    }

    public XdsStack Server { get; }
    public RealEnvoy Envoy => _envoy!;
    /// <summary>Between server and Envoy; only where the world was made with one.</summary>
    public AdsRelay Relay => _relay!;
    public GatewayClient External { get; }
    public GatewayClient Local { get; }
    public GatewayClient ExternalTls { get; }
    public GatewayClient LocalTls { get; }

    /// <summary>Starts all, with Envoy directly at the server; skips the test where there is no Envoy.</summary>
    public static async Task<KingressWorld> StartAsync(Action<XdsServerOptions>? configure = null, Func<RealEnvoyOptions, RealEnvoyOptions>? adjust = null, IPAddress? addresses = null, bool reuse = true)
    {
        var world = await StartServerAsync(configure, addresses, reuse);
        world._adjust = adjust ?? world._adjust;
        await world.StartEnvoyAsync(world.Server.XdsPort);
        return world;
    }

    /// <summary>Starts all, with a relay between server and Envoy.</summary>
    public static async Task<KingressWorld> StartRelayedAsync(Action<XdsServerOptions>? configure = null)
    {
        var world = await StartServerAsync(configure);
        await world.StartRelayedEnvoyAsync();
        return world;
    }

    /// <summary>Starts the API and the server; Envoy follows when it is told to.</summary>
    public static async Task<KingressWorld> StartServerAsync(Action<XdsServerOptions>? configure = null, IPAddress? addresses = null, bool reuse = true)
    {
        RealComponents.OrSkip(RealComponents.Envoy, "envoy");
        var listeners = FixedEndPoint.Free(4).Select(listener => $"{new IPEndPoint(addresses ?? IPAddress.Loopback, IPEndPoint.Parse(listener).Port)}").ToArray();
        var server = await XdsStack.StartAsync(options =>
        {
            (options.ExternalListen, options.LocalListen) = (listeners[0], listeners[1]);
            (options.ExternalTlsListen, options.LocalTlsListen) = (listeners[2], listeners[3]);
            configure?.Invoke(options);
        });
        return new KingressWorld(server, listeners, reuse);
    }

    /// <summary>Starts a relay, prepares it, and lets Envoy connect to it.</summary>
    public async Task StartRelayedEnvoyAsync(Action<AdsRelay>? prepare = null)
    {
        _relay = await AdsRelay.StartAsync(Server.XdsPort);
        prepare?.Invoke(_relay);
        await StartEnvoyAsync(_relay.Port);
    }

    /// <summary>Starts one more Envoy, at the same addresses: the kernel shares connections out among the two.</summary>
    public async Task<RealEnvoy> StartSecondEnvoyAsync()
    {
        _second = RealEnvoy.Start(new RealEnvoyOptions { XdsPort = Server.XdsPort, ExternalListen = _listeners[0], NodeId = "second" });
        using var admin = new HttpClient { BaseAddress = await _second.AdminAsync() };
        await Eventually.TrueAsync(async () => (await admin.GetStringAsync(new Uri("listeners", UriKind.Relative))).Contains(_listeners[0], StringComparison.Ordinal), XdsStack.Limit);
        return _second;
    }

    /// <summary>A namespace that no other test knows, so that tests can share all of this.</summary>
    public Task<TestNamespace> NamespaceAsync() => TestNamespace.CreateAsync(this, $"t{Interlocked.Increment(ref _namespaces)}");

    public async ValueTask DisposeAsync()
    {
        foreach (var client in new[] { External, Local, ExternalTls, LocalTls })
        {
            client.Dispose();
        }

        if (_envoy is not null)
        {
            await _envoy.DisposeAsync();
        }

        if (_second is not null)
        {
            await _second.DisposeAsync();
        }

        if (_relay is not null)
        {
            await _relay.DisposeAsync();
        }

        await Server.DisposeAsync();
    }

    private async Task StartEnvoyAsync(int xdsPort)
    {
        _envoy = RealEnvoy.Start(_adjust(new RealEnvoyOptions { XdsPort = xdsPort, ExternalListen = _listeners[0] }));
        try
        {
            await Eventually.TrueAsync(async () => await ListensAsync(External) && await ListensAsync(Local), XdsStack.Limit);
        }
        catch (TimeoutException late)
        {
            throw new TimeoutException($"Envoy does not listen: {_envoy.Log}", late);
        }
    }

    private static async Task<bool> ListensAsync(GatewayClient gateway)
    {
        try
        {
            return await gateway.GetAsync("nobody.invalid") is not null;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }
}
