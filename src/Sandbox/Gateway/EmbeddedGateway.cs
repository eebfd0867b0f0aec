using System.Collections.Immutable;
using System.Net;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Knative.Xds.Sandbox.Gateway;

/// <summary>A gateway inside this process, for machines without an Envoy: a delta ADS client that routes by what it is sent.</summary>
/// <remarks>
/// It understands what our translation uses of the Envoy API and refuses (NACK) the rest by name. Lua filters are not run: hosts match
/// in any case anyway. Statistics, TLS and access logs are Envoy's alone.
/// </remarks>
public sealed class EmbeddedGateway : IAsyncDisposable
{
    private readonly CancellationTokenSource _stopping = new();
    private readonly UpstreamInvokers _invokers;
    private readonly GatewayState _state;
    private readonly DeltaClient _client;
    private Task _running = Task.CompletedTask;

    private EmbeddedGateway(EmbeddedGatewayOptions options, ILoggerFactory loggers, TimeProvider time)
    {
        _invokers = new UpstreamInvokers(time);
        _state = new GatewayState(_invokers, loggers);
        _client = new DeltaClient(options, _state, loggers.CreateLogger<EmbeddedGateway>(), time);
    }

    /// <summary>Names of the listeners and where they listen.</summary>
    public ImmutableSortedDictionary<string, IPEndPoint> Listeners => _state.BoundListeners;

    /// <summary>Starts a gateway; returns when it listens, that is after the xDS server has answered.</summary>
    /// <remarks>Errors: <see cref="FormatException"/> for a malformed address, <see cref="IOException"/> when a listener's address is taken. An xDS server that cannot be reached is tried again until <paramref name="cancellationToken"/> says stop.</remarks>
    public static async Task<EmbeddedGateway> StartAsync(
        EmbeddedGatewayOptions options, ILoggerFactory? loggers = null, TimeProvider? time = null, CancellationToken cancellationToken = default)
    {
        var gateway = new EmbeddedGateway(options, loggers ?? NullLoggerFactory.Instance, time ?? TimeProvider.System);
        try
        {
            gateway._running = gateway._client.RunAsync(gateway._stopping.Token);
            await gateway._state.Listening.WaitAsync(cancellationToken);
            return gateway;
        }
        catch
        {
            await gateway.DisposeAsync();
            throw;
        }
    }

    /// <summary>Stops listening, lets requests in flight end for a moment, and leaves the xDS server.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await _running;
        await _state.DisposeAsync();
        _client.Dispose();
        _invokers.Dispose();
        _stopping.Dispose();
    }
}
