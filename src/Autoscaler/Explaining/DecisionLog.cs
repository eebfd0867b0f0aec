using Knative.Xds.Core.Scaling;

namespace Knative.Xds.Autoscaler.Explaining;

/// <summary>The last decisions of one revision. One that only repeats the one before is counted, not added.</summary>
/// <remarks>Threading: one owner.</remarks>
internal sealed class DecisionLog
{
    /// <value>Decisions that are remembered at most.</value>
    public const int Capacity = 24;
    private readonly History<DecisionRecord> _records = new(Capacity);

    public void Add(DateTimeOffset at, DeciderSpec spec, in ScaleDecision decision, in ScaleState after)
    {
        if (_records.Count > 0 && _records[0].IsRepeatedBy(spec, decision))
        {
            ref var newest = ref _records[0];
            newest = newest.Again(at, after);
        }
        else
        {
            _records.Add(DecisionRecord.Once(at, spec, decision, after));
        }
    }

    /// <summary>The records, the newest first.</summary>
    public List<DecisionRecord> ToList() => _records.ToList();
}
