using System.Collections.Concurrent;
using Knative.Xds.Hosting;

namespace Knative.Xds.XdsServer.Draining;

/// <summary>Ends the open streams when the server stops: one after the other, so that the other replicas are not met by all gateways at once.</summary>
/// <remarks>Threading: safe.</remarks>
internal sealed class StreamDrain
{
    private const string StoppingCheck = "stopping";
    private static readonly TimeSpan LongestStep = TimeSpan.FromMilliseconds(20);
    private readonly ConcurrentDictionary<long, Action> _streams = new();
    private readonly XdsServerOptions _options;
    private readonly Readiness _readiness;
    private readonly TimeProvider _time;
    private long _next;

    public StreamDrain(IHostApplicationLifetime lifetime, XdsServerOptions options, Readiness readiness, TimeProvider time)
    {
        (_options, _readiness, _time) = (options, readiness, time);
        lifetime.ApplicationStopping.Register(Begin);
    }

    /// <summary>Whether the server stops, so that no stream may open.</summary>
    public bool IsStopping { get; private set; }

    /// <summary>Adds an open stream; dispose the result when it has ended.</summary>
    /// <param name="end">Ends it; called once at most.</param>
    public IDisposable Add(Action end)
    {
        var number = Interlocked.Increment(ref _next);
        _streams[number] = end;
        if (IsStopping)
        {
            End(number);
        }

        return new Entry(() => _streams.TryRemove(number, out _));
    }

    private void Begin()
    {
        IsStopping = true;
        _readiness.Report(StoppingCheck, "the server stops");
        _ = EndAllAsync();
    }

    private async Task EndAllAsync()
    {
        var numbers = _streams.Keys.Order().ToList();
        var step = numbers.Count == 0 ? TimeSpan.Zero : _options.DrainTime / numbers.Count;
        foreach (var number in numbers)
        {
            End(number);
            await Task.Delay(step < LongestStep ? step : LongestStep, _time);
        }
    }

    private void End(long number)
    {
        if (_streams.TryRemove(number, out var end))
        {
            end();
        }
    }

    private sealed class Entry(Action remove) : IDisposable
    {
        public void Dispose() => remove();
    }
}
