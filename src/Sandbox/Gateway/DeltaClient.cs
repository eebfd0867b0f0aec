using Envoy.Config.Core.V3;
using Envoy.Service.Discovery.V3;
using Grpc.Core;
using Grpc.Net.Client;
using Knative.Xds.ControlPlane.Resources;
using Microsoft.Extensions.Logging;
using AdsCall = Grpc.Core.AsyncDuplexStreamingCall<Envoy.Service.Discovery.V3.DeltaDiscoveryRequest, Envoy.Service.Discovery.V3.DeltaDiscoveryResponse>;

namespace Knative.Xds.Sandbox.Gateway;

/// <summary>Keeps one delta ADS stream open and the gateway's configuration up to date, asking for types in the way Envoy does.</summary>
internal sealed class DeltaClient : IDisposable
{
    private const int MaxMessageBytes = 256 * 1024 * 1024;
    private static readonly TimeSpan FirstDelay = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan MaxDelay = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan PingDelay = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan PingTimeout = TimeSpan.FromSeconds(5);

    private readonly EmbeddedGatewayOptions _options;
    private readonly GatewayState _state;
    private readonly ILogger _logger;
    private readonly TimeProvider _time;
    private readonly GrpcChannel _channel;
    private readonly Dictionary<ResourceType, DeltaSubscription> _subscriptions = ResourceTypes.All.ToDictionary(type => type, type => new DeltaSubscription(type));

    public DeltaClient(EmbeddedGatewayOptions options, GatewayState state, ILogger logger, TimeProvider time)
    {
        (_options, _state, _logger, _time) = (options, state, logger, time);
        if (!Uri.TryCreate($"http://{options.XdsAddress}", UriKind.Absolute, out var address) || address.PathAndQuery != "/")
        {
            throw new FormatException($"{nameof(options.XdsAddress)}: \"{options.XdsAddress}\" is not of the form host:port");
        }

        var handler = new SocketsHttpHandler { UseProxy = false, KeepAlivePingDelay = PingDelay, KeepAlivePingTimeout = PingTimeout };
        _channel = GrpcChannel.ForAddress(address, new GrpcChannelOptions { HttpHandler = handler, DisposeHttpClient = true, MaxReceiveMessageSize = MaxMessageBytes });
    }

    /// <summary>Runs until cancelled; a stream that ends is opened anew, and routing goes on meanwhile by what is known.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        var delay = FirstDelay;
        while (!cancellationToken.IsCancellationRequested)
        {
            try
            {
                if (await StreamAsync(cancellationToken))
                {
                    delay = FirstDelay;
                }

                GatewayLog.StreamEnded(_logger, _options.XdsAddress, delay, null);
            }
            catch (Exception error) when (error is RpcException or HttpRequestException or IOException or InvalidOperationException && !cancellationToken.IsCancellationRequested)
            {
                GatewayLog.StreamEnded(_logger, _options.XdsAddress, delay, error);
            }
            catch (Exception error) when (error is RpcException or OperationCanceledException && cancellationToken.IsCancellationRequested)
            {
                return;
            }

            await Task.Delay(delay, _time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            delay = delay * 2 < MaxDelay ? delay * 2 : MaxDelay;
        }
    }

    public void Dispose() => _channel.Dispose();

    /// <summary>One stream from start to end; whether the server answered at all.</summary>
    private async Task<bool> StreamAsync(CancellationToken cancellationToken)
    {
        var answered = false;
        using var call = new AggregatedDiscoveryService.AggregatedDiscoveryServiceClient(_channel).DeltaAggregatedResources(cancellationToken: cancellationToken);
        await SubscribeAsync(call, reset: true, cancellationToken);
        await foreach (var response in call.ResponseStream.ReadAllAsync(cancellationToken))
        {
            answered = true;
            if (ResourceTypes.TryParse(response.TypeUrl, out var type))
            {
                var error = await _state.ApplyAsync(type, response);
                if (error is not null)
                {
                    GatewayLog.ResponseRefused(_logger, type.ShortName(), error);
                }

                await call.RequestStream.WriteAsync(_subscriptions[type].Answer(response, error), cancellationToken);
                await SubscribeAsync(call, reset: false, cancellationToken);
            }
        }

        return answered;
    }

    /// <summary>Tells the server what the present configuration makes interesting.</summary>
    private async Task SubscribeAsync(AdsCall call, bool reset, CancellationToken cancellationToken)
    {
        var first = reset;
        foreach (var (type, subscription) in _subscriptions)
        {
            if (reset)
            {
                subscription.Reset();
            }

            if (_state.Current.Needs(type) is { } names && subscription.Want(names) is { } request)
            {
                // Like an Envoy with set_node_on_first_message_only.
                request.Node = first ? Node() : null;
                first = false;
                await call.RequestStream.WriteAsync(request, cancellationToken);
            }
        }
    }

    private Node Node() => new() { Id = _options.NodeId, Cluster = _options.NodeCluster, UserAgentName = "kxds-embedded-gateway" };
}
