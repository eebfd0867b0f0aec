using System.Text.Json;
using Knative.Xds.Core.Admission;
using Knative.Xds.Testing;

namespace Knative.Xds.Core.Tests.Admission;

/// <summary>Plays the operations of a recorded breaker sequence and compares what can be seen after each.</summary>
internal sealed class BreakerPlayer(Breaker breaker)
{
    private readonly List<Arrival> _arrivals = [];
    private readonly Stack<BreakerLease> _reserved = new();

    private List<Arrival> Running => _arrivals.FindAll(arrival => arrival.Admission.IsCompletedSuccessfully);

    private List<Arrival> Queued => _arrivals.FindAll(arrival => !arrival.Admission.IsCompleted);

    public async Task<string?> PlayAsync(JsonElement op)
    {
        var outcome = await ApplyAsync(op);
        var expected = Describe(op);
        // A grant reaches its caller on the thread pool, so the counts of the callers settle a moment later.
        await Eventually.TrueAsync(() => Running.Count == op.GetProperty("runningCount").GetInt32());
        var seen = (Running.Count, Queued.Count, _reserved.Count, breaker.InFlight, breaker.Capacity).ToString();
        return outcome ?? (seen == expected ? null : $"{seen} instead of {expected}");
    }

    private static string Describe(JsonElement op) => (
        op.GetProperty("runningCount").GetInt32(), op.GetProperty("waitingCount").GetInt32(), op.GetProperty("reservedCount").GetInt32(),
        op.GetProperty("inFlight").GetInt32(), op.GetProperty("capacity").GetInt32()).ToString();

    private async Task<string?> ApplyAsync(JsonElement op)
    {
        switch (op.GetProperty("op").GetString())
        {
            case "maybe": return await ArriveAsync(op.GetProperty("result").GetString()!);
            case "finish": return await FinishAsync();
            case "cancelWaiting": return await CancelAsync();
            case "reserve": return Reserve(op.GetProperty("ok").GetBoolean());
            case "releaseReserved": _reserved.Pop().Dispose(); return null;
            case "updateConcurrency": breaker.UpdateConcurrency(op.GetProperty("size").GetInt32()); return null;
            case var other: return $"unknown operation {other}";
        }
    }

    private async Task<string?> ArriveAsync(string expected)
    {
        var cancellation = new CancellationTokenSource();
        var admission = breaker.ReserveAsync(cancellation.Token).AsTask();
        var result = !admission.IsCompleted ? "waiting" : await admission is null ? "full" : "running";
        if (result == "full")
            cancellation.Dispose();
        else
            _arrivals.Add(new Arrival(admission, cancellation));
        return result == expected ? null : $"{result} instead of {expected}";
    }

    private async Task<string?> FinishAsync()
    {
        var running = Running[0];
        _arrivals.Remove(running);
        (await running.Admission)!.Value.Dispose();
        running.Cancellation.Dispose();
        return null;
    }

    private async Task<string?> CancelAsync()
    {
        var waiting = Queued[^1];
        await waiting.Cancellation.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting.Admission);
        _arrivals.Remove(waiting);
        waiting.Cancellation.Dispose();
        return null;
    }

    private string? Reserve(bool expected)
    {
        var ok = breaker.TryReserve(out var lease);
        if (ok)
            _reserved.Push(lease);
        return ok == expected ? null : $"reserve gave {ok}";
    }

    private sealed record Arrival(Task<BreakerLease?> Admission, CancellationTokenSource Cancellation);
}
