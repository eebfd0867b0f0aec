
namespace Knative.Xds.Activation;

/// <summary>Keeps the activator serving, but unhealthy, for a while after it was told to stop, until nobody sends it requests any more.</summary>
/// <remarks>Runs before any other part is stopped; the listeners then stop and wait for the requests in flight, and only after them the parts that requests need.
/// Source: knative/serving cmd/activator/main.go.</remarks>
internal sealed class DrainService(ActivatorState state, ActivatorOptions options, TimeProvider time, ILogger<DrainService> logger) : IHostedLifecycleService
{
    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public async Task StoppingAsync(CancellationToken cancellationToken)
    {
        state.IsDraining = true;
        ActivatorLog.Draining(logger, options.DrainDelay);
        await Task.Delay(options.DrainDelay, time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
