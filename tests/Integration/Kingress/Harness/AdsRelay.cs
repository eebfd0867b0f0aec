using System.Collections.Concurrent;
using System.Net;
using System.Runtime.CompilerServices;
using Envoy.Service.Discovery.V3;
using Grpc.Core;
using Grpc.Net.Client;
using Knative.Xds.ControlPlane.Resources;
using Knative.Xds.Hosting;
using Knative.Xds.Integration.Xds;
using Knative.Xds.Testing;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Knative.Xds.Integration.Kingress.Harness;

/// <summary>Stands between Envoy and the server: keeps what they say, and can hold messages back.</summary>
internal sealed class AdsRelay : AggregatedDiscoveryService.AggregatedDiscoveryServiceBase, IAsyncDisposable
{
    private const int MaxMessageBytes = 64 * 1024 * 1024;
    private readonly GrpcChannel _server;
    private readonly ConcurrentQueue<string> _ends = new();
    // Streams count their nonces from the same number on, each for itself.
    private readonly ConcurrentDictionary<object, object> _streams = new(ReferenceEqualityComparer.Instance);
    private CancellationTokenSource _cut = new();
    private WebApplication? _app;

    private AdsRelay(int serverPort) =>
        _server = GrpcChannel.ForAddress($"http://127.0.0.1:{serverPort}", new GrpcChannelOptions { MaxReceiveMessageSize = MaxMessageBytes, MaxSendMessageSize = MaxMessageBytes });

    public int Port => _app!.BoundEndPoints()[0].Port;

    /// <summary>What the server sent, oldest first.</summary>
    public ConcurrentQueue<DeltaDiscoveryResponse> Responses { get; } = new();
    /// <summary>What Envoy sent, oldest first.</summary>
    public ConcurrentQueue<DeltaDiscoveryRequest> Requests { get; } = new();

    /// <summary>Awaited before a message of the server is handed on; later ones wait behind it.</summary>
    public Func<DeltaDiscoveryResponse, Task> BeforeResponse { get; set; } = _ => Task.CompletedTask;
    /// <summary>Awaited before a message of Envoy is handed on; later ones wait behind it.</summary>
    public Func<DeltaDiscoveryRequest, Task> BeforeRequest { get; set; } = _ => Task.CompletedTask;

    /// <summary>Changes a message of the server before it is handed on; what is kept in <see cref="Responses"/> is the server's.</summary>
    public Func<DeltaDiscoveryResponse, DeltaDiscoveryResponse> Tamper { get; set; } = response => response;

    /// <summary>Refusals by Envoy, oldest first.</summary>
    public IEnumerable<DeltaDiscoveryRequest> Nacks => Requests.Where(request => request.ErrorDetail is not null);

    public static async Task<AdsRelay> StartAsync(int serverPort)
    {
        var relay = new AdsRelay(serverPort);
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseShutdownTimeout(TimeSpan.Zero);
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0, listen => listen.Protocols = HttpProtocols.Http2));
        builder.Services.AddGrpc(grpc => grpc.MaxReceiveMessageSize = grpc.MaxSendMessageSize = MaxMessageBytes);
        builder.Services.AddSingleton(relay);
        relay._app = builder.Build();
        relay._app.MapGrpcService<AdsRelay>();
        await relay._app.StartAsync();
        return relay;
    }

    /// <summary>Whether a response has a resource of this type and name.</summary>
    public static bool Has(DeltaDiscoveryResponse response, ResourceType type, string name) => response.TypeUrl == type.TypeUrl() && response.Resources.Any(resource => resource.Name == name);

    /// <summary>Responses with a resource of this type and name, without the first ones of all.</summary>
    public IEnumerable<DeltaDiscoveryResponse> Later(int skipped, ResourceType type, string name) => Responses.Skip(skipped).Where(response => Has(response, type, name));

    /// <summary>Which response, of those behind the first ones, takes a resource away; negative when none does.</summary>
    public int Removal(int skipped, string name, ResourceType type) => Responses.Skip(skipped).ToList().FindIndex(response => response.TypeUrl == type.TypeUrl() && response.RemovedResources.Contains(name));

    /// <summary>Responses of a type with a resource of this name.</summary>
    public IEnumerable<DeltaDiscoveryResponse> With(ResourceType type, string name) =>
        Responses.Where(response => response.TypeUrl == type.TypeUrl() && response.Resources.Any(resource => resource.Name == name));

    public override async Task DeltaAggregatedResources(IAsyncStreamReader<DeltaDiscoveryRequest> requestStream, IServerStreamWriter<DeltaDiscoveryResponse> responseStream, ServerCallContext context)
    {
        using var end = CancellationTokenSource.CreateLinkedTokenSource(context.CancellationToken, _cut.Token);
        using var call = new AggregatedDiscoveryService.AggregatedDiscoveryServiceClient(_server).DeltaAggregatedResources(cancellationToken: end.Token);
        var up = RequestsAsync(call, requestStream, call.RequestStream, end.Token);
        var down = ResponsesAsync(call, call.ResponseStream, responseStream, end.Token);
        try
        {
            await await Task.WhenAny(up, down);
        }
        catch (Exception ended) when (ended is RpcException or OperationCanceledException or IOException or InvalidOperationException)
        {
            // One side has gone, so the other must reconnect.
            _ends.Enqueue(ended.Message);
        }
        finally
        {
            await end.CancelAsync();
        }

        throw new RpcException(new Status(StatusCode.Unavailable, "cut"));
    }

    /// <summary>Waits for something that is said; where it is not, the failure's text has what was said instead.</summary>
    public async Task SaysAsync(Func<bool> condition, [CallerArgumentExpression(nameof(condition))] string expression = "")
    {
        try
        {
            await Eventually.TrueAsync(condition, XdsStack.Limit, expression);
        }
        catch (TimeoutException late)
        {
            var sent = Responses.Select(response => $"{response.TypeUrl.Split('.')[^1]} {response.Nonce}: {response.Resources.Count} sent, {(IsAcked(response) ? "taken" : "not taken")}");
            throw new TimeoutException(string.Join('\n', [late.Message, .. sent, .. Nacks.Select(nack => $"refused: {nack.ErrorDetail.Message}"), .. _ends.Select(end => $"ended: {end}")]), late);
        }
    }

    /// <summary>Whether Envoy has taken a message.</summary>
    public bool IsAcked(DeltaDiscoveryResponse response) => Requests.Any(request => Answers(request, response) && request.ErrorDetail is null);

    /// <summary>Whether a message of Envoy answers one of the server.</summary>
    public bool Answers(DeltaDiscoveryRequest request, DeltaDiscoveryResponse response) => request.ResponseNonce == response.Nonce && _streams[request] == _streams[response];

    /// <summary>Ends the streams that are open; Envoy opens another.</summary>
    public async Task CutAsync()
    {
        using var old = Interlocked.Exchange(ref _cut, new CancellationTokenSource());
        await old.CancelAsync();
    }

    public async ValueTask DisposeAsync()
    {
        _cut.Dispose();
        await _app!.DisposeAsync();
        _server.Dispose();
    }

    private async Task RequestsAsync(object stream, IAsyncStreamReader<DeltaDiscoveryRequest> from, IClientStreamWriter<DeltaDiscoveryRequest> to, CancellationToken cancellationToken)
    {
        await foreach (var request in from.ReadAllAsync(cancellationToken))
        {
            _streams[request] = stream;
            Requests.Enqueue(request);
            await BeforeRequest(request);
            await to.WriteAsync(request, cancellationToken);
        }
    }

    private async Task ResponsesAsync(object stream, IAsyncStreamReader<DeltaDiscoveryResponse> from, IServerStreamWriter<DeltaDiscoveryResponse> to, CancellationToken cancellationToken)
    {
        await foreach (var response in from.ReadAllAsync(cancellationToken))
        {
            _streams[response] = stream;
            Responses.Enqueue(response);
            await BeforeResponse(response);
            await to.WriteAsync(Tamper(response), cancellationToken);
        }
    }
}
