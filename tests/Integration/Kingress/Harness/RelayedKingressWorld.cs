namespace Knative.Xds.Integration.Kingress.Harness;

/// <summary>A world with a relay between server and Envoy, for tests that run one after the other.</summary>
public sealed class RelayedKingressWorld : IAsyncLifetime
{
    private KingressWorld? _world;

    internal AdsRelay Relay => _world!.Relay;
    internal KingressWorld World => _world!;

    public async ValueTask InitializeAsync()
    {
        if (Testing.RealComponents.Envoy is not null)
        {
            // The fallback of make-before-break is longer than any test, so that only acknowledgements end it.
            _world = await KingressWorld.StartRelayedAsync(options => options.HoldLimit = TimeSpan.FromMinutes(5));
        }
    }

    /// <summary>A namespace of the world, with the relay as it was at the start.</summary>
    internal Task<TestNamespace> NamespaceAsync()
    {
        Testing.RealComponents.OrSkip(Testing.RealComponents.Envoy, "envoy");
        Relay.BeforeRequest = _ => Task.CompletedTask;
        Relay.BeforeResponse = _ => Task.CompletedTask;
        Relay.Tamper = response => response;
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
