using Envoy.Config.Route.V3;
using Envoy.Service.Discovery.V3;
using Grpc.Core;
using Grpc.Net.Client;
using Knative.Xds.ControlPlane.Resources;

namespace Knative.Xds.Scenarios.Rig;

/// <summary>A delta ADS client that asks in Envoy's way, takes everything and keeps the versions; it can come back after its stream has ended.</summary>
internal sealed class DeltaStreamClient(string nodeId) : IAsyncDisposable
{
    private const int MaxMessageBytes = 256 * 1024 * 1024;
    private static readonly ResourceType[] Collections = [ResourceType.Cluster, ResourceType.Listener, ResourceType.ScopedRouteConfiguration];
    private readonly Dictionary<ResourceType, Dictionary<string, string>> _held = ResourceTypes.All.ToDictionary(type => type, _ => new Dictionary<string, string>(StringComparer.Ordinal));
    private readonly Dictionary<ResourceType, HashSet<string>> _wanted = ResourceTypes.All.ToDictionary(type => type, _ => new HashSet<string>(StringComparer.Ordinal));
    private GrpcChannel? _channel;
    private AsyncDuplexStreamingCall<DeltaDiscoveryRequest, DeltaDiscoveryResponse>? _call;
    private Task _reading = Task.CompletedTask;
    private long _bytes;

    /// <summary>Called for each response before it is acknowledged; on the stream's own task.</summary>
    public Action<ResourceType, DeltaDiscoveryResponse> OnResponse { get; set; } = (_, _) => { };

    /// <summary>Bytes of all responses so far, without framing.</summary>
    public long BytesReceived => Volatile.Read(ref _bytes);

    /// <summary>Completes when the stream has ended.</summary>
    public Task Ended => _reading;

    /// <summary>Number of resources held.</summary>
    public int Count(ResourceType type) => _held[type].Count;

    /// <summary>Opens a stream and says what is held from a former one.</summary>
    /// <remarks>Errors: <see cref="RpcException"/> and <see cref="InvalidOperationException"/> when the server is not there.</remarks>
    public async Task ConnectAsync(int port)
    {
        Open(port);
        foreach (var type in ResourceTypes.All.Where(type => Collections.Contains(type) || _wanted[type].Count > 0))
        {
            await _call!.RequestStream.WriteAsync(new DeltaDiscoveryRequest
            {
                Node = new() { Id = nodeId, Cluster = "kxds" },
                TypeUrl = type.TypeUrl(),
                ResourceNamesSubscribe = { _wanted[type] },
                InitialResourceVersions = { _held[type] },
            });
        }

        _reading = ReadAsync();
    }

    /// <summary>Opens a stream, asks for all that another client holds, and never reads an answer.</summary>
    public async Task StallAsync(int port, DeltaStreamClient like)
    {
        Open(port);
        foreach (var type in ResourceTypes.All)
        {
            await _call!.RequestStream.WriteAsync(new DeltaDiscoveryRequest { Node = new() { Id = nodeId, Cluster = "kxds" }, TypeUrl = type.TypeUrl(), ResourceNamesSubscribe = { like._wanted[type] } });
        }
    }

    /// <summary>Ends the stream; what is held stays known.</summary>
    public async Task DisconnectAsync()
    {
        _call?.Dispose();
        await _reading;
        _channel?.Dispose();
    }

    public async ValueTask DisposeAsync() => await DisconnectAsync();

    private void Open(int port)
    {
        _channel?.Dispose();
        _channel = GrpcChannel.ForAddress($"http://127.0.0.1:{port}", new GrpcChannelOptions { MaxReceiveMessageSize = MaxMessageBytes, HttpHandler = new SocketsHttpHandler { UseProxy = false }, DisposeHttpClient = true });
        _call = new AggregatedDiscoveryService.AggregatedDiscoveryServiceClient(_channel).DeltaAggregatedResources();
    }

    private async Task ReadAsync()
    {
        try
        {
            await foreach (var response in _call!.ResponseStream.ReadAllAsync())
            {
                await TakeAsync(response);
            }
        }
        catch (Exception ended) when (ended is RpcException or ObjectDisposedException or InvalidOperationException)
        {
            // The server has gone, or we have.
        }
    }

    private async Task TakeAsync(DeltaDiscoveryResponse response)
    {
        Interlocked.Add(ref _bytes, response.CalculateSize());
        if (!ResourceTypes.TryParse(response.TypeUrl, out var type))
        {
            return;
        }

        Keep(type, response);
        OnResponse(type, response);
        await _call!.RequestStream.WriteAsync(new DeltaDiscoveryRequest { TypeUrl = response.TypeUrl, ResponseNonce = response.Nonce });
        await FollowAsync(type, response);
    }

    private void Keep(ResourceType type, DeltaDiscoveryResponse response)
    {
        foreach (var resource in response.Resources)
        {
            _held[type][resource.Name] = resource.Version;
        }

        foreach (var name in response.RemovedResources)
        {
            _held[type].Remove(name);
        }
    }

    /// <summary>Asks for what new clusters and scopes refer to.</summary>
    private async Task FollowAsync(ResourceType type, DeltaDiscoveryResponse response)
    {
        var (next, names) = type switch
        {
            ResourceType.Cluster => (ResourceType.ClusterLoadAssignment, response.Resources.Select(resource => resource.Name)),
            ResourceType.ScopedRouteConfiguration => (ResourceType.RouteConfiguration, response.Resources.Select(RoutesOf)),
            _ => (type, []),
        };
        var added = names.Where(name => _wanted[next].Add(name)).ToList();
        if (added.Count > 0)
        {
            await _call!.RequestStream.WriteAsync(new DeltaDiscoveryRequest { TypeUrl = next.TypeUrl(), ResourceNamesSubscribe = { added } });
        }
    }

    private static string RoutesOf(Resource scope) => ScopedRouteConfiguration.Parser.ParseFrom(scope.Resource_.Value).RouteConfigurationName;
}
