using System.Collections.Concurrent;
using System.Net;
using Envoy.Service.Discovery.V3;
using Google.Protobuf;
using Grpc.Core;
using Knative.Xds.ControlPlane.Resources;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Knative.Xds.Sandbox.Tests.Gateway;

/// <summary>The plainest delta ADS server that keeps Envoy happy: every publication sends everything that a client is subscribed to.</summary>
internal sealed class FakeXds : AggregatedDiscoveryService.AggregatedDiscoveryServiceBase, IAsyncDisposable
{
    private readonly ConcurrentDictionary<FakeXdsStream, bool> _streams = new();
    private WebApplication? _app;
    private volatile Dictionary<(ResourceType, string), Resource> _resources = [];

    public IPEndPoint Address { get; private set; } = new(IPAddress.Loopback, 0);

    /// <summary>Everything that clients sent, in order.</summary>
    public ConcurrentQueue<DeltaDiscoveryRequest> Requests { get; } = new();

    public IEnumerable<string> Nacks => Requests.Where(request => request.ErrorDetail is not null).Select(request => request.ErrorDetail.Message);

    public int Streams => _streams.Count;

    public async Task StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(Address, listen => listen.Protocols = HttpProtocols.Http2));
        builder.Services.AddGrpc();
        builder.Services.AddSingleton(this);
        _app = builder.Build();
        _app.MapGrpcService<FakeXds>();
        await _app.StartAsync();
        Address = new IPEndPoint(IPAddress.Loopback, new Uri(_app.Urls.Single()).Port);
    }

    /// <summary>Ends all streams and stops listening; <see cref="StartAsync"/> takes the same address again.</summary>
    public async Task StopAsync()
    {
        if (_app is not null)
        {
            foreach (var stream in _streams.Keys)
            {
                stream.End();
            }

            await _app.DisposeAsync();
            _app = null;
        }
    }

    public async Task PublishAsync(IEnumerable<IMessage> messages)
    {
        _resources = messages.Select(EncodedResource.Of).DistinctBy(resource => (resource.Type, resource.Name)).ToDictionary(resource => (resource.Type, resource.Name), resource => resource.Wire);
        foreach (var stream in _streams.Keys)
        {
            await stream.PushAllAsync(_resources);
        }
    }

    public override async Task DeltaAggregatedResources(
        IAsyncStreamReader<DeltaDiscoveryRequest> requestStream, IServerStreamWriter<DeltaDiscoveryResponse> responseStream, ServerCallContext context)
    {
        var stream = new FakeXdsStream(responseStream, context.CancellationToken);
        _streams[stream] = true;
        try
        {
            while (await requestStream.MoveNext(stream.Ended))
            {
                Requests.Enqueue(requestStream.Current);
                await stream.AnswerAsync(requestStream.Current, _resources);
            }
        }
        catch (Exception error) when (error is OperationCanceledException or IOException or InvalidOperationException)
        {
            // The client left, or the test stops us.
        }
        finally
        {
            _streams.TryRemove(stream, out _);
        }
    }

    public async ValueTask DisposeAsync() => await StopAsync();
}
