using System.Collections.Concurrent;
using Knative.Xds.Activation.Backends;

namespace Knative.Xds.Activator.Tests.Fakes;

/// <summary>Answers probes as told; unreachable unless told.</summary>
internal sealed class FakeProber : IPodProber
{
    private readonly ConcurrentDictionary<string, ProbeOutcome> _answers = new();
    private readonly ConcurrentDictionary<string, int> _counts = new();

    public void Answer(string address, ProbeOutcome outcome) => _answers[address] = outcome;

    public int Count(string address) => _counts.GetValueOrDefault(address);

    public Task<ProbeOutcome> ProbeAsync(ProbeTarget target, CancellationToken cancellationToken)
    {
        var address = target.Address;
        var outcome = _answers.GetValueOrDefault(address, ProbeOutcome.Unreachable);
        _counts.AddOrUpdate(address, 1, (_, count) => count + 1);
        return Task.FromResult(outcome);
    }
}
