using System.Collections.Concurrent;
using Envoy.Service.Discovery.V3;
using Grpc.Core;
using Grpc.Net.Client;
using Knative.Xds.ControlPlane.Resources;

namespace Knative.Xds.Testing.Gateways;

/// <summary>A gateway over real gRPC that takes everything, as Envoy does: clusters, their endpoints, scopes, their routes; it can be told to refuse a resource.</summary>
public sealed class TestGateway : IAsyncDisposable
{
    private readonly GrpcChannel _channel;
    private readonly AsyncDuplexStreamingCall<DeltaDiscoveryRequest, DeltaDiscoveryResponse> _call;
    private readonly Dictionary<ResourceId, string> _held = [];
    private readonly ConcurrentQueue<DeltaDiscoveryRequest> _kept = new();
    private readonly Lock _lock = new();
    private readonly string _fleet;
    private Task _reading = Task.CompletedTask;
    private int _received;
    private volatile Exception? _end;
    private bool _isEndExpected;
    private bool _isLeaving;

    private TestGateway(int port, string fleet)
    {
        _fleet = fleet;
        _channel = GrpcChannel.ForAddress($"http://127.0.0.1:{port}");
        _call = new AggregatedDiscoveryService.AggregatedDiscoveryServiceClient(_channel).DeltaAggregatedResources();
    }

    /// <summary>Decides what is refused, and with which words; null accepts.</summary>
    public Func<ResourceId, string?> Refuse { get; set; } = _ => null;

    /// <summary>Decides by version too what is refused; null leaves it to <see cref="Refuse"/>.</summary>
    public Func<ResourceId, string, string?>? RefuseVersion { get; set; }

    /// <summary>Decides of which types it keeps its answers to itself; it goes on reading.</summary>
    public Func<ResourceType, bool> IsMute { get; set; } = _ => false;

    /// <summary>Resources that the server has sent so far.</summary>
    public int Received => Volatile.Read(ref _received);

    /// <summary>How the server has ended the stream; null while it has not. A test that asks expects that it does.</summary>
    public StatusCode? Ended
    {
        get
        {
            _isEndExpected = true;
            return (_end as RpcException)?.StatusCode;
        }
    }

    /// <summary>All that it has taken, with the versions.</summary>
    public IReadOnlyDictionary<ResourceId, string> Held
    {
        get
        {
            lock (_lock)
            {
                return _held.ToDictionary();
            }
        }
    }

    /// <summary>Connects to an xDS server on 127.0.0.1 and subscribes as Envoy does.</summary>
    /// <param name="port">The server's port.</param>
    /// <param name="fleet">Fleet in the node's metadata; empty names none.</param>
    /// <param name="held">What the gateway holds from a former stream, with the versions.</param>
    public static async Task<TestGateway> ConnectAsync(int port, string fleet = "", IReadOnlyDictionary<ResourceId, string>? held = null)
    {
        var gateway = new TestGateway(port, fleet);
        foreach (var (id, version) in held ?? new Dictionary<ResourceId, string>())
        {
            gateway._held[id] = version;
        }

        foreach (var type in ResourceTypes.All.Where(type => type.IsCollection() || gateway._held.Keys.Any(id => id.Type == type)))
        {
            await gateway.OpenAsync(type);
        }

        gateway._reading = gateway.ReadAsync();
        return gateway;
    }

    /// <summary>Whether it has taken a resource, and not been told that it is gone.</summary>
    public bool Holds(ResourceType type, string name)
    {
        lock (_lock)
        {
            return _held.ContainsKey(new(type, name));
        }
    }

    /// <summary>Gives the answers that it has kept to itself, and all that follow.</summary>
    public async Task SpeakAsync()
    {
        IsMute = _ => false;
        while (_kept.TryDequeue(out var answer))
        {
            await WriteAsync(answer);
        }
    }

    /// <summary>Ends the stream. When the server had ended it before, and the test did not look for that, this is what the test fails with: whatever it waited for could not come.</summary>
    /// <exception cref="InvalidOperationException">The stream ended before.</exception>
    public async ValueTask DisposeAsync()
    {
        var end = _end;
        _isLeaving = true;
        _call.Dispose();
        await _reading;
        _channel.Dispose();
        if (end is not null && !_isEndExpected)
        {
            throw new InvalidOperationException($"the gateway's stream had ended: {end.Message}", end);
        }
    }

    private async Task ReadAsync()
    {
        try
        {
            await foreach (var response in _call.ResponseStream.ReadAllAsync())
            {
                await AnswerAsync(response);
            }

            _end = new RpcException(Status.DefaultSuccess);
        }
        catch (Exception) when (_isLeaving)
        {
            // The test has ended the stream.
        }
        catch (Exception ended)
        {
            _end = ended;
        }
    }

    private async Task AnswerAsync(DeltaDiscoveryResponse response)
    {
        Interlocked.Add(ref _received, response.Resources.Count);
        var type = ResourceTypes.TryParse(response.TypeUrl, out var known) ? known : throw new InvalidOperationException($"an unknown type: {response.TypeUrl}");
        var refusal = response.Resources.Select(resource => RefuseVersion is { } refuse ? refuse(new(type, resource.Name), resource.Version) : Refuse(new(type, resource.Name))).FirstOrDefault(words => words is not null);
        var answer = new DeltaDiscoveryRequest { TypeUrl = response.TypeUrl, ResponseNonce = response.Nonce };
        if (refusal is not null)
        {
            answer.ErrorDetail = new() { Code = 13, Message = refusal };
            await WriteAsync(answer);
            return;
        }

        Take(type, response);
        if (IsMute(type))
        {
            _kept.Enqueue(answer);
        }
        else
        {
            await WriteAsync(answer);
        }

        await FollowAsync(type, response);
    }

    private void Take(ResourceType type, DeltaDiscoveryResponse response)
    {
        lock (_lock)
        {
            foreach (var resource in response.Resources)
            {
                _held[new(type, resource.Name)] = resource.Version;
            }

            foreach (var name in response.RemovedResources)
            {
                _held.Remove(new(type, name));
            }
        }
    }

    private async Task FollowAsync(ResourceType type, DeltaDiscoveryResponse response)
    {
        var names = type switch
        {
            ResourceType.Cluster => response.Resources.Select(resource => resource.Name).ToArray(),
            ResourceType.ScopedRouteConfiguration => [.. response.Resources.Select(resource => Envoy.Config.Route.V3.ScopedRouteConfiguration.Parser.ParseFrom(resource.Resource_.Value).RouteConfigurationName).Distinct()],
            _ => [],
        };
        if (names.Length > 0)
        {
            await SendAsync(type == ResourceType.Cluster ? ResourceType.ClusterLoadAssignment : ResourceType.RouteConfiguration, names);
        }
    }

    // A server that has ended the stream takes nothing more; how it ended is what the reader finds.
    private async Task WriteAsync(DeltaDiscoveryRequest request)
    {
        try
        {
            await _call.RequestStream.WriteAsync(request);
        }
        catch (Exception ended) when (ended is RpcException or InvalidOperationException and not ObjectDisposedException)
        {
        }
    }

    private Task OpenAsync(ResourceType type)
    {
        var held = _held.Where(entry => entry.Key.Type == type).ToDictionary(entry => entry.Key.Name, entry => entry.Value);
        var request = Request(type, type.IsCollection() ? [] : held.Keys);
        request.InitialResourceVersions.Add(held);
        return WriteAsync(request);
    }

    private Task SendAsync(ResourceType type, string[] names) => WriteAsync(Request(type, names));

    private DeltaDiscoveryRequest Request(ResourceType type, IEnumerable<string> names)
    {
        var request = new DeltaDiscoveryRequest { Node = new() { Id = "test-gateway", Metadata = new() }, TypeUrl = type.TypeUrl(), ResourceNamesSubscribe = { names } };
        if (_fleet.Length > 0)
        {
            request.Node.Metadata.Fields["kxds.fleet"] = Google.Protobuf.WellKnownTypes.Value.ForString(_fleet);
        }

        return request;
    }
}
