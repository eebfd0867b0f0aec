using System.Text.Json;
using k8s.Models;
using Knative.Xds.Autoscaler.Caching;
using Knative.Xds.Core.Wire;
using Knative.Xds.Testing;

namespace Knative.Xds.Autoscaler.Tests.Collecting;

[Trait(Vectors.Trait, Vectors.Category)]
public class RevisionPodsVectorTests
{
    [Fact]
    public void Count_RecordedPods_CountsAndSplitsTheSame()
    {
        foreach (var item in VectorCases.OrSkip("collection.json.gz", "podAccess"))
        {
            var id = item.Text("id");
            var pods = item.GetProperty("pods").EnumerateArray()
                .Where(pod => pod.Text("namespace") == item.Text("namespace") && pod.Text("revisionLabel") == item.Text("revision"))
                .Select(Pod).ToList();

            var revision = RevisionPods.Of(pods);
            var ages = revision.SplitByAge(TimeSpan.FromTicks(item.Long("cutOffMs") * 1_000_000), At(item.Long("nowNs")));
            var (old, young) = (ages.Old.ToArray(), ages.Young.ToArray());
            var counts = revision.Counts;

            Assert.Equal(
                (id, item.Long("ready"), item.Long("notReady"), item.Long("pending"), item.Long("terminating")),
                (id, counts.Ready, counts.NotReady, counts.Pending, counts.Terminating));
            Assert.Equal((id, Join(item.GetProperty("olderSorted"))), (id, string.Join(',', old.Order(StringComparer.Ordinal))));
            Assert.Equal((id, Join(item.GetProperty("youngerSorted"))), (id, string.Join(',', young.Order(StringComparer.Ordinal))));
            Assert.Equal((id, Join(item.GetProperty("ipsByAge"))), (id, string.Join(',', old.Concat(young))));
        }
    }

    private static string Join(JsonElement list) => list.ValueKind == JsonValueKind.Array ? string.Join(',', list.EnumerateArray().Select(ip => ip.GetString())) : "";

    private static V1Pod Pod(JsonElement pod) => new()
    {
        Metadata = new V1ObjectMeta
        {
            Labels = new Dictionary<string, string> { [Labels.Revision] = pod.Text("revisionLabel") ?? "" },
            DeletionTimestamp = pod.GetProperty("deleting").GetBoolean() ? DateTime.UnixEpoch : null,
        },
        Status = new V1PodStatus
        {
            Phase = pod.Text("phase"),
            PodIP = pod.Text("ip"),
            StartTime = pod.GetProperty("startTimeNs").ValueKind == JsonValueKind.Number ? At(pod.Long("startTimeNs")).UtcDateTime : null,
            Conditions = pod.Text("readyCondition") is { } ready ? [new V1PodCondition { Type = "Ready", Status = ready }] : null,
        },
    };

    // A nanosecond is told as one of our ticks, windows too: so that none is lost.
    private static DateTimeOffset At(long unixNanoseconds) => DateTimeOffset.UnixEpoch.AddTicks(unixNanoseconds);
}
