namespace Knative.Xds.Integration.Kingress.Harness;

/// <summary>A world whose limits are low enough to be met.</summary>
public sealed class HardenedWorld : IAsyncLifetime
{
    /// <value>Streams that a connection may have at once.</value>
    internal const int Streams = 2;
    private KingressWorld? _world;

    internal KingressWorld World => _world!;

    public async ValueTask InitializeAsync()
    {
        if (Testing.RealComponents.Envoy is not null)
        {
            _world = await KingressWorld.StartAsync(options =>
            {
                options.MaxConcurrentStreams = Streams;
                (options.RequestHeadersTimeout, options.ConnectionIdleTimeout) = (TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(1));
            });
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_world is not null)
        {
            await _world.DisposeAsync();
        }
    }
}
