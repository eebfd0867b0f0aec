using System.Collections.Immutable;
using System.Net;
using Envoy.Service.Discovery.V3;
using Google.Protobuf;
using Knative.Xds.ControlPlane.Resources;
using Microsoft.Extensions.Logging;

namespace Knative.Xds.Sandbox.Gateway;

/// <summary>Owns the gateway's configuration and the servers that listen for it.</summary>
/// <remarks>Threading: the ADS client's loop writes; requests read <see cref="Current"/> once each.</remarks>
internal sealed class GatewayState : IAsyncDisposable
{
    private readonly ILoggerFactory _loggers;
    private readonly ILogger _logger;
    private readonly RequestRouter _router;
    private readonly TaskCompletionSource _listening = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile GatewayConfig _current = GatewayConfig.Empty;
    private ImmutableSortedDictionary<string, ListenerServer> _servers = ImmutableSortedDictionary<string, ListenerServer>.Empty;

    public GatewayState(UpstreamInvokers invokers, ILoggerFactory loggers)
    {
        _loggers = loggers;
        _logger = loggers.CreateLogger<EmbeddedGateway>();
        _router = new RequestRouter(this, invokers);
    }

    public GatewayConfig Current => _current;

    /// <summary>Ends when the first listeners listen; fails with <see cref="IOException"/> when they cannot.</summary>
    public Task Listening => _listening.Task;

    public ImmutableSortedDictionary<string, IPEndPoint> BoundListeners =>
        Volatile.Read(ref _servers).ToImmutableSortedDictionary(server => server.Key, server => server.Value.Bound);

    /// <summary>Takes a response over as a whole; null, or why it cannot be and nothing has changed.</summary>
    public async Task<string?> ApplyAsync(ResourceType type, DeltaDiscoveryResponse response)
    {
        try
        {
            var next = _current.Apply(type, response);
            // Listeners answer by the new configuration from their first request on, and old ones lose it only after they have stopped.
            _current = type == ResourceType.Listener ? _current with { Listeners = _current.Listeners.SetItems(next.Listeners) } : next;
            if (type == ResourceType.Listener)
            {
                await ListenAsync(next.Listeners);
                _current = next;
            }

            return null;
        }
        catch (Exception error) when (error is InvalidDataException or InvalidProtocolBufferException or IOException or System.Net.Sockets.SocketException)
        {
            return error.Message;
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var server in _servers.Values)
        {
            await server.DisposeAsync();
        }
    }

    private async Task ListenAsync(ImmutableDictionary<string, GatewayListener> wanted)
    {
        foreach (var (name, server) in _servers.Where(server => wanted.GetValueOrDefault(server.Key)?.Address.Equals(server.Value.Wanted) != true))
        {
            Volatile.Write(ref _servers, _servers.Remove(name));
            await server.DisposeAsync();
            GatewayLog.ListenerStopped(_logger, name);
        }

        foreach (var listener in wanted.Values.Where(listener => !_servers.ContainsKey(listener.Name)))
        {
            var server = await StartAsync(listener);
            Volatile.Write(ref _servers, _servers.Add(listener.Name, server));
            GatewayLog.ListenerStarted(_logger, listener.Name, server.Bound.ToString());
        }

        if (!_servers.IsEmpty)
        {
            _listening.TrySetResult();
        }
    }

    private async Task<ListenerServer> StartAsync(GatewayListener listener)
    {
        try
        {
            return await ListenerServer.StartAsync(listener, _router, _loggers);
        }
        catch (Exception taken) when (taken is IOException or System.Net.Sockets.SocketException)
        {
            // Whoever waits for the gateway to start would wait for ever: the port stays taken.
            var failure = new IOException($"listener {listener.Name}: {taken.Message}", taken);
            _listening.TrySetException(failure);
            throw failure;
        }
    }
}
