using System.Collections.Concurrent;
using Knative.Xds.Core.Model;
using Knative.Xds.Core.Scaling;

namespace Knative.Xds.Autoscaler.Explaining;

/// <summary>The last steps towards the scale target, per revision.</summary>
/// <remarks>Threading: safe.</remarks>
internal sealed class PlanLog(TimeProvider time)
{
    private const int Capacity = 8;
    private readonly ConcurrentDictionary<ObjectKey, History<PlanRecord>> _records = new();

    public void Add(ObjectKey revision, ScaleContext context, ScalePlan plan)
    {
        var now = time.GetUtcNow();
        var records = _records.GetOrAdd(revision, _ => new History<PlanRecord>(Capacity));
        lock (records)
        {
            if (records.Count > 0 && IsSame(records[0], context, plan))
            {
                ref var newest = ref records[0];
                newest = newest with { Last = now, Times = newest.Times + 1, Context = context, Plan = plan };
            }
            else
            {
                records.Add(new PlanRecord(now, now, 1, context, plan));
            }
        }
    }

    public void Forget(ObjectKey revision) => _records.TryRemove(revision, out _);

    /// <summary>The records, the newest first.</summary>
    public IReadOnlyList<PlanRecord> Of(ObjectKey revision)
    {
        if (!_records.TryGetValue(revision, out var records))
        {
            return [];
        }

        lock (records)
        {
            return records.ToList();
        }
    }

    private static bool IsSame(in PlanRecord record, ScaleContext context, ScalePlan plan) =>
        record.Plan.Rule == plan.Rule && record.Plan.Want == plan.Want && record.Context.Desired == context.Desired;
}
