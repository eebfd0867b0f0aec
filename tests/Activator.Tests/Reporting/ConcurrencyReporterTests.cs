using System.Text.Json;
using Knative.Xds.Activation.Reporting;
using Knative.Xds.Core.Model;
using Knative.Xds.Core.Stats;
using Knative.Xds.Testing;

namespace Knative.Xds.Activator.Tests.Reporting;

public sealed class ConcurrencyReporterTests
{
    private const long Second = 1_000_000_000;
    private static readonly ObjectKey Revision = new("ns", "rev");

    [Fact]
    [Trait(Vectors.Trait, Vectors.Category)]
    public void Reports_RecordedSequences_AreBitForBitTheSame()
    {
        foreach (var sequence in VectorCases.OrSkip("collection.json.gz", "activatorReporter"))
        {
            ConcurrencyReporter? reporter = null;
            var held = new Dictionary<long, ReportedRevision>();
            foreach (var op in sequence.GetProperty("ops").EnumerateArray())
            {
                reporter ??= new ConcurrencyReporter(PodName(sequence));
                Play(reporter, held, op, $"{sequence.Text("id")}: {op}");
            }
        }
    }

    [Fact]
    public void Report_OneShortRequest_IsReportedOnceInAll()
    {
        var reporter = new ConcurrencyReporter("activator-0");

        reporter.Enter(Revision, 0, out var first).Leave(Second / 2);

        Assert.Equal(new StatMessage(Revision, new Stat { PodName = "activator-0", AverageConcurrentRequests = 1, RequestCount = 1 }), first);
        Assert.Equal(0, Assert.Single(reporter.Report(Second)).Stat.RequestCount);
        Assert.Equal(0, Assert.Single(reporter.Report(2 * Second)).Stat.AverageConcurrentRequests);
        Assert.Empty(reporter.Report(3 * Second));
    }

    [Fact]
    public async Task Enter_ManyAtOnce_OneIsTheFirst()
    {
        var reporter = new ConcurrencyReporter("activator-0");

        var firsts = await Task.WhenAll(Enumerable.Range(0, 100).Select(_ => Task.Run(() =>
        {
            reporter.Enter(Revision, 0, out var first);
            return first;
        })));

        Assert.Single(firsts, first => first is not null);
        Assert.Equal(99, Assert.Single(reporter.Report(Second)).Stat.AverageConcurrentRequests);
    }

    private static void Play(ConcurrencyReporter reporter, Dictionary<long, ReportedRevision> held, JsonElement op, string message)
    {
        var now = op.Long("timeNs");
        switch (op.Text("op"))
        {
            case "requestIn":
                held[op.Long("request")] = reporter.Enter(Key(op), now, out var first);
                Assert.True(Messages(op, "immediate").SequenceEqual(first is { } sent ? [sent] : []), message);
                break;
            case "requestOut":
                held[op.Long("request")].Leave(now);
                break;
            default:
                var reports = reporter.Report(now).OrderBy(report => report.Key);
                Assert.True(Messages(op, "messages").SequenceEqual(reports), message);
                Assert.True(op.Long("entriesAfter") == reporter.Count, message);
                break;
        }
    }

    private static string PodName(JsonElement sequence) => sequence.GetProperty("ops").EnumerateArray()
        .Where(op => op.TryGetProperty("immediate", out var sent) && sent.GetArrayLength() > 0)
        .Select(op => op.GetProperty("immediate")[0].Text("podName")!).FirstOrDefault("");

    private static IEnumerable<StatMessage> Messages(JsonElement op, string member) => op.GetProperty(member).EnumerateArray().Select(message => new StatMessage(Key(message), new Stat
    {
        PodName = message.Text("podName")!,
        AverageConcurrentRequests = message.Double("averageConcurrentRequests"),
        RequestCount = message.Double("requestCount"),
    }));

    private static ObjectKey Key(JsonElement element)
    {
        var parts = element.Text("key")!.Split('/');
        return new ObjectKey(parts[0], parts[1]);
    }
}
