using Knative.Xds.Integration.Kingress.Harness;

[assembly: AssemblyFixture(typeof(SharedKingressWorld))]

namespace Knative.Xds.Integration.Kingress.Harness;

/// <summary>One world for all tests that end nothing; it starts with the first that asks.</summary>
public sealed class SharedKingressWorld : IAsyncDisposable
{
    private readonly Lazy<Task<KingressWorld>> _world = new(() => KingressWorld.StartAsync());

    internal Task<KingressWorld> WorldAsync() => _world.Value;

    internal async Task<TestNamespace> NamespaceAsync() => await (await WorldAsync()).NamespaceAsync();

    public async ValueTask DisposeAsync()
    {
        if (_world.IsValueCreated && _world.Value.IsCompletedSuccessfully)
        {
            await (await _world.Value).DisposeAsync();
        }
    }
}
