using System.Collections.Concurrent;
using System.Collections.Immutable;
using Google.Protobuf;
using Grpc.Core;
using Knative.Xds.ControlPlane.Protocol;
using Knative.Xds.ControlPlane.Resources;
using Knative.Xds.XdsServer.Introspection;
using Knative.Xds.XdsServer.Reporting;

namespace Knative.Xds.XdsServer.Streams;

/// <summary>One gRPC stream: feeds its machine and carries out the machine's effects, alone and in order.</summary>
internal sealed class StreamSession<TRequest, TResponse> : IDisposable
    where TRequest : class, IMessage
    where TResponse : class, IMessage
{
    private static readonly TimeSpan TickPeriod = TimeSpan.FromSeconds(1);

    private readonly StreamInbox<TRequest> _inbox = new();
    private readonly ConcurrentQueue<(bool All, TaskCompletionSource<ImmutableArray<HeldType>> Answer)> _questions = new();
    private readonly StreamMachine<TRequest> _machine;
    private readonly StreamRegistry _registry;
    private readonly StreamRecord _record;
    private readonly Func<StreamEffect.End, RpcException> _refuse;
    private readonly XdsMetrics _metrics;
    private readonly ILogger _logger;
    private readonly TimeProvider _time;
    private readonly ITimer _clock;
    private readonly long _stream;
    private readonly HashSet<ResourceType> _silent = [];
    private readonly HashSet<ResourceType> _areUnansweredTold = [];
    private bool _clockRuns;

    public StreamSession(Func<ResourceSnapshot, StreamMachine<TRequest>> machine, StreamRegistry registry, StreamRecord record, Func<StreamEffect.End, RpcException> refuse, XdsMetrics metrics, TimeProvider time, ILogger logger)
    {
        (_registry, _record, _refuse, _metrics, _time, _logger) = (registry, record, refuse, metrics, time, logger);
        _clock = time.CreateTimer(_ => _inbox.Tick(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        // Listed first, then read: what is published after the reading wakes the stream. The other way round it could miss that for good.
        _stream = registry.Open(_inbox.Wake);
        _machine = machine(registry.Snapshot!);
        record.Number = _stream;
        record.AskAsync = AskAsync;
    }

    /// <summary>Runs until the client ends the stream, breaks the protocol, or the token fires.</summary>
    public async Task RunAsync(IAsyncStreamReader<TRequest> requests, IServerStreamWriter<TResponse> responses, CancellationToken cancellationToken)
    {
        var reading = ReadAsync(requests, cancellationToken);
        while (await _inbox.TakeAsync(cancellationToken) is { } input)
        {
            var effects = input.Kind switch
            {
                StreamInputKind.Request => _machine.OnRequest(input.Request!),
                StreamInputKind.Newer => _machine.OnSnapshot(_registry.Snapshot!),
                StreamInputKind.Question => AnswerQuestions(),
                _ => _machine.OnTick(),
            };
            await ApplyAsync(effects, responses, cancellationToken);
            SetClock(_machine.NeedsTicks);
        }

        await reading;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _registry.Close(_stream, _machine.Held);
        _clock.Dispose();
    }

    private async Task ReadAsync(IAsyncStreamReader<TRequest> requests, CancellationToken cancellationToken)
    {
        try
        {
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

    private Task<ImmutableArray<HeldType>> AskAsync(bool all, CancellationToken cancellationToken)
    {
        var answer = new TaskCompletionSource<ImmutableArray<HeldType>>(TaskCreationOptions.RunContinuationsAsynchronously);
        _questions.Enqueue((all, answer));
        _inbox.Ask();
        return answer.Task.WaitAsync(cancellationToken);
    }

    private ImmutableArray<StreamEffect> AnswerQuestions()
    {
        while (_questions.TryDequeue(out var question))
        {
            question.Answer.TrySetResult(_machine.Describe(question.All));
        }

        return [];
    }

    private void SetClock(bool runs)
    {
        if (runs != _clockRuns)
        {
            _clock.Change(runs ? TickPeriod : Timeout.InfiniteTimeSpan, runs ? TickPeriod : Timeout.InfiniteTimeSpan);
            _clockRuns = runs;
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
                    _record.Sent(send.Type);
                    await responses.WriteAsync((TResponse)send.Response, cancellationToken);
                    break;
                case StreamEffect.End end:
                    throw _refuse(end);
                default:
                    Report(effect);
                    break;
            }
        }
    }

    private void NoteAnswer(ResourceType type)
    {
        if (_silent.Remove(type))
        {
            XdsLog.GatewayAnswers(_logger, _record.Node.Id, _record.Fleet, type);
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
                if (acked.IsAnswer)
                {
                    NoteAnswer(acked.Type);
                }

                _record.Acked(acked.Type, acked.Resources);
                _metrics.Acked(acked.Type, _time.GetUtcNow());
                _registry.Report(new StreamEvent.Acked(_stream, acked.Type, acked.Resources, acked.IsAnswer));
                break;
            case StreamEffect.Nacked nacked:
                NoteAnswer(nacked.Type);
                _metrics.Nacked(nacked.Type);
                _record.Refused(nacked.Type, nacked.Resources, nacked.Message);
                XdsLog.Nacked(_logger, _stream, nacked.Type, nacked.Resources.Length, nacked.Resources.FirstOrDefault().Name, nacked.Message);
                _registry.Report(new StreamEvent.Nacked(_stream, nacked.Type, nacked.Resources, nacked.Message));
                break;
            case StreamEffect.Overdue overdue:
                XdsLog.AnswerOverdue(_logger, _stream, overdue.Type);
                break;
            case StreamEffect.Silent silent when GatewayLedger.IsAwaited(silent.Type):
                _silent.Add(silent.Type);
                XdsLog.GatewaySilent(_logger, _record.Node.Id, _record.Fleet, silent.Type);
                _registry.Report(new StreamEvent.Silent(_stream, silent.Type, [.. _machine.Held.Where(held => GatewayLedger.IsAwaited(held.Id.Type))]));
                break;
            case StreamEffect.Released released:
                XdsLog.HoldEnds(_logger, _stream, released.Count, released.Type);
                break;
            case StreamEffect.Unanswered unanswered:
                _metrics.Unanswered(unanswered.Count);
                if (_areUnansweredTold.Add(unanswered.Type))
                {
                    XdsLog.NamesUnanswered(_logger, _stream, _record.Node.Id, unanswered.Type);
                }

                break;
            case StreamEffect.UnknownType unknown:
                XdsLog.UnknownType(_logger, _stream, unknown.TypeUrl);
                _metrics.UnknownType();
                break;
        }
    }
}
