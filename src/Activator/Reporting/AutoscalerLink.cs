using System.Collections.Immutable;
using System.Net.WebSockets;
using System.Threading.Channels;
using Knative.Xds.Activation.Measuring;
using Knative.Xds.Core.Stats;
using Knative.Xds.Hosting;

namespace Knative.Xds.Activation.Reporting;

/// <summary>The websocket to the autoscaler.</summary>
/// <remarks>Shape: while it is down reports are dropped, and when the autoscaler does not keep up the oldest ones are: they would be taken for new.
/// An autoscaler that cannot be reached, or that went away, is followed by the next one.
/// Threading: <see cref="Send"/> from anywhere, never blocks. Source: knative/pkg websocket/connection.go.</remarks>
internal sealed class AutoscalerLink(ActivatorOptions options, AutoscalerAddress address, ActivatorMetrics metrics, Readiness readiness, TimeProvider time, ILogger<AutoscalerLink> logger) : BackgroundService
{
    private const string Check = "autoscaler";
    private const int MaxQueued = 256;
    private const int ReceiveBytes = 1024;
    private static readonly TimeSpan HandshakeTimeout = TimeSpan.FromSeconds(3);
    private volatile Channel<byte[]>? _frames;
    private int _failures;

    /// <summary>Raised each time the link came up.</summary>
    public event Action? Connected;

    public bool IsUp => _frames is not null;

    /// <summary>Sends one batch, if the link is up.</summary>
    public void Send(ImmutableArray<StatMessage> messages)
    {
        if (_frames?.Writer.TryWrite(StatCodec.EncodeBatch(messages.AsSpan())) != true)
        {
            metrics.LinkErrors.Inc();
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        readiness.Expect(Check);
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await RunOnceAsync(stoppingToken);
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception exception)
            {
                NoteFailure(exception);
            }

            await Task.Delay(LinkBackoff.Pause(Math.Max(1, _failures), Random.Shared.NextDouble()), time, stoppingToken)
                .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task RunOnceAsync(CancellationToken stoppingToken)
    {
        using var socket = await ConnectAsync(stoppingToken);
        var frames = Channel.CreateBounded<byte[]>(new BoundedChannelOptions(MaxQueued) { SingleReader = true, FullMode = BoundedChannelFullMode.DropOldest }, _ => metrics.LinkErrors.Inc());
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(stoppingToken);
        try
        {
            NoteUp(frames);
            var receiving = ReceiveAsync(socket, ended.Token);
            var sending = SendAsync(socket, frames.Reader, ended.Token);
            await await Task.WhenAny(receiving, sending);
        }
        finally
        {
            _frames = null;
            metrics.LinkReachable.Set(0);
            readiness.Report(Check, "no connection");
            address.Rotate();
            await ended.CancelAsync();
        }
    }

    private async Task<ClientWebSocket> ConnectAsync(CancellationToken stoppingToken)
    {
        var socket = new ClientWebSocket();
        try
        {
            socket.Options.KeepAliveInterval = options.LinkPingInterval;
            socket.Options.KeepAliveTimeout = options.LinkPongTimeout;
            socket.Options.Proxy = null;
            using var timeout = new CancellationTokenSource(HandshakeTimeout, time);
            using var either = CancellationTokenSource.CreateLinkedTokenSource(stoppingToken, timeout.Token);
            await socket.ConnectAsync(address.Current, either.Token);
            return socket;
        }
        catch
        {
            address.Rotate();
            socket.Dispose();
            throw;
        }
    }

    private static async Task SendAsync(ClientWebSocket socket, ChannelReader<byte[]> frames, CancellationToken cancellationToken)
    {
        await foreach (var frame in frames.ReadAllAsync(cancellationToken))
        {
            await socket.SendAsync(frame, WebSocketMessageType.Binary, endOfMessage: true, cancellationToken);
        }
    }

    // The autoscaler says nothing, but only a pending receive answers its pings and sees the end.
    private static async Task ReceiveAsync(ClientWebSocket socket, CancellationToken cancellationToken)
    {
        var buffer = new byte[ReceiveBytes];
        while ((await socket.ReceiveAsync(buffer.AsMemory(), cancellationToken)).MessageType != WebSocketMessageType.Close)
        {
        }
    }

    private void NoteUp(Channel<byte[]> frames)
    {
        _failures = 0;
        _frames = frames;
        metrics.LinkReachable.Set(1);
        readiness.Report(Check, null);
        ActivatorLog.LinkUp(logger, address.Current);
        Connected?.Invoke();
    }

    private void NoteFailure(Exception exception)
    {
        metrics.LinkErrors.Inc();
        if (_failures++ == 0)
        {
            ActivatorLog.LinkDown(logger, address.Current, exception.Message);
        }
    }
}
