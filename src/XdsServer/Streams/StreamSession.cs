using System.Collections.Immutable;
using Google.Protobuf;
using Grpc.Core;
using Knative.Xds.ControlPlane.Protocol;

namespace Knative.Xds.XdsServer.Streams;

/// <summary>One gRPC stream: feeds its machine and carries out the machine's effects, alone and in order.</summary>
internal sealed class StreamSession<TRequest, TResponse> : IDisposable
    where TRequest : class, IMessage
    where TResponse : class, IMessage
{
    private readonly StreamInbox<TRequest> _inbox = new();
    private readonly StreamMachine<TRequest> _machine;
    private readonly StreamRegistry _registry;
    private readonly XdsMetrics _metrics;
    private readonly ILogger _logger;
    private readonly TimeProvider _time;
    private readonly TimeSpan _holdLimit;
    private readonly ITimer _holdTimer;
    private readonly long _stream;
    private bool _holdTimerRuns;

    public StreamSession(StreamMachine<TRequest> machine, StreamRegistry registry, XdsMetrics metrics, TimeProvider time, TimeSpan holdLimit, ILogger logger)
    {
        (_machine, _registry, _metrics, _time, _holdLimit, _logger) = (machine, registry, metrics, time, holdLimit, logger);
        _holdTimer = time.CreateTimer(_ => _inbox.HoldEnds(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        _stream = registry.Open(_inbox.Wake);
    }

    /// <summary>Runs until the client ends the stream, breaks the protocol, or the token fires.</summary>
    public async Task RunAsync(TRequest first, IAsyncStreamReader<TRequest> requests, IServerStreamWriter<TResponse> responses, CancellationToken cancellationToken)
    {
        var reading = ReadAsync(first, requests, cancellationToken);
        while (await _inbox.TakeAsync(cancellationToken) is { } input)
        {
            var effects = input.Kind switch
            {
                StreamInputKind.Request => _machine.OnRequest(input.Request!),
                StreamInputKind.Newer => _machine.OnSnapshot(_registry.Snapshot!),
                _ => EndHold(),
            };
            await ApplyAsync(effects, responses, cancellationToken);
            ArmHoldTimer(_machine.IsHolding);
        }

        await reading;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _registry.Close(_stream, _machine.Held);
        _holdTimer.Dispose();
    }

    private async Task ReadAsync(TRequest first, IAsyncStreamReader<TRequest> requests, CancellationToken cancellationToken)
    {
        try
        {
            await _inbox.AddAsync(first, cancellationToken);
            while (await requests.MoveNext(cancellationToken))
            {
                await _inbox.AddAsync(requests.Current, cancellationToken);
            }
        }
        finally
        {
            _inbox.Complete();
        }
    }

    private ImmutableArray<StreamEffect> EndHold()
    {
        _holdTimerRuns = false;
        if (_machine.IsHolding)
        {
            XdsLog.HoldEnds(_logger, _stream, _holdLimit);
        }

        return _machine.ReleaseHolds();
    }

    private void ArmHoldTimer(bool holding)
    {
        if (holding != _holdTimerRuns)
        {
            _holdTimer.Change(holding ? _holdLimit : Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
            _holdTimerRuns = holding;
        }
    }

    private async Task ApplyAsync(ImmutableArray<StreamEffect> effects, IServerStreamWriter<TResponse> responses, CancellationToken cancellationToken)
    {
        foreach (var effect in effects)
        {
            switch (effect)
            {
                case StreamEffect.Send send:
                    _metrics.Pushed(send.Type, send.Response.CalculateSize());
                    await responses.WriteAsync((TResponse)send.Response, cancellationToken);
                    break;
                case StreamEffect.End end:
                    XdsLog.StreamRefused(_logger, _stream, end.Message);
                    throw new RpcException(new Status(CodeOf(end.Reason), end.Message));
                default:
                    Report(effect);
                    break;
            }
        }
    }

    private void Report(StreamEffect effect)
    {
        switch (effect)
        {
            case StreamEffect.Subscribed subscribed:
                _registry.Report(new StreamEvent.Subscribed(_stream, subscribed.Type));
                break;
            case StreamEffect.Acked acked:
                _metrics.Acked(acked.Type, _time.GetUtcNow());
                _registry.Report(new StreamEvent.Acked(_stream, acked.Type, acked.Resources));
                break;
            case StreamEffect.Nacked nacked:
                _metrics.Nacked(nacked.Type);
                XdsLog.Nacked(_logger, _stream, nacked.Type, nacked.Resources.Length, nacked.Resources.FirstOrDefault().Name, nacked.Message);
                _registry.Report(new StreamEvent.Nacked(_stream, nacked.Type, nacked.Resources, nacked.Message));
                break;
        }
    }

    private static StatusCode CodeOf(StreamEndReason reason) => reason switch
    {
        StreamEndReason.TooMany => StatusCode.ResourceExhausted,
        _ => StatusCode.InvalidArgument,
    };
}
