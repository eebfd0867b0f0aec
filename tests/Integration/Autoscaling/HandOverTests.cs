using System.Collections.Concurrent;
using System.Globalization;
using k8s.Models;
using Knative.Xds.Core.Model;
using Knative.Xds.Kube.Api;
using Knative.Xds.Kube.Crds;
using Knative.Xds.Sandbox.Processes;
using Knative.Xds.Testing;

namespace Knative.Xds.Integration.Autoscaling;

/// <summary>Two autoscaler processes on a real Kubernetes API under steady load; the owner is killed, again and again.</summary>
/// <remarks>With KXDS_HANDOVER=shipped leases and ticks are as they are shipped; otherwise shorter, for the test's own time.</remarks>
public sealed class HandOverTests(RealApiServer api) : IClassFixture<RealApiServer>
{
    private const int Kills = 10;
    private const string Received = "kxds_autoscaler_stats_received_total", Forwarded = "kxds_autoscaler_stats_forwarded_total";
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(120);
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(15);
    private static readonly bool Shipped = Environment.GetEnvironmentVariable("KXDS_HANDOVER") == "shipped";
    private static readonly string[] Short = ["--lease-duration", "3", "--lease-renew-deadline", "2", "--lease-retry-period", "0.3", "--tick-interval", "0.5"];
    // After these the load goes on until nothing but the load holds the scale: neither what the new owner found nor the panic that it began in.
    private static readonly int[] KillsToWaitAfter = [Kills / 2, Kills];
    private static readonly string[] Revisions = [BusyRevisions.Scraped, .. BusyRevisions.Pushed];
    private readonly ConcurrentQueue<string> _log = new();

    [Fact]
    public async Task Owner_KilledTenTimesUnderLoad_NeverScalesDownAndLosesNoStat()
    {
        var token = TestContext.Current.CancellationToken;
        await CrdInstaller.EnsureAsync(api.Client, token);
        await using var busy = await BusyRevisions.CreateAsync(api.Client, token);
        await using var processes = new ProcessHost(TimeProvider.System);
        var owner = Launch(processes, 0);
        await Eventually.TrueAsync(owner.IsReadyAsync, Patience);
        await Eventually.TrueAsync(owner.OwnsAsync, Patience);
        var standby = Launch(processes, 1);
        await Eventually.TrueAsync(standby.IsReadyAsync, Patience);
        await using var activator = new ReportingActivator([.. BusyRevisions.Pushed.Select(KeyOf)], BusyRevisions.PushedConcurrency, standby.Stats);
        var floors = new Dictionary<string, ScaleFloor>();
        foreach (var revision in Revisions)
        {
            await UntilScaledAsync(revision, PodsOf(revision));
            floors[revision] = new ScaleFloor(api.Client, revision);
            await floors[revision].Watching;
        }

        var handOvers = new List<HandOver>();
        var before = 0.0;
        for (var kill = 1; kill <= Kills; kill++)
        {
            var number = kill + 1;
            var (handOver, replacement) = await KillAsync(owner, before, standby, activator, () => Launch(processes, number));
            handOvers.Add(handOver);
            owner.Dispose();
            (owner, standby) = (standby, replacement);
            await Eventually.TrueAsync(standby.IsReadyAsync, Patience);
            if (KillsToWaitAfter.Contains(kill))
            {
                await UntilOnlyLoadHoldsAsync(owner, handOver.Gained);
            }

            await AssertNothingIsMissingAsync(owner, handOver);
            // What it got itself before the other forwards to it.
            activator.Target = null;
            await Eventually.TrueAsync(async () => await TakenAsync(owner) == activator.Sent, Patience);
            before = await owner.MetricAsync(Received);
            activator.Target = standby.Stats;
        }

        TestContext.Current.TestOutputHelper!.WriteLine(string.Join('\n', handOvers.Select(handOver => handOver.ToString())));
        owner.Dispose();
        standby.Dispose();
        Assert.All(Revisions, revision => Assert.Equal((revision, PodsOf(revision), PodsOf(revision), false), (revision, floors[revision].Replicas, floors[revision].Desired, floors[revision].Inactive)));
        Assert.All(handOvers, handOver => Assert.True(handOver.Owned < Limit && handOver.Decided < Limit, handOver.ToString()));
        Assert.All(handOvers, handOver => Assert.InRange(handOver.InFlight, 0, handOver.MostInFlight));
        foreach (var floor in floors.Values)
        {
            floor.Dispose();
        }
    }

    private static async Task<(HandOver HandOver, AutoscalerReplica Replacement)> KillAsync(
        AutoscalerReplica owner, double before, AutoscalerReplica standby, ReportingActivator activator, Func<AutoscalerReplica> replace)
    {
        // Everything that was forwarded so far is in the owner: what is counted from here on is of this hand-over alone.
        var (start, forwarded) = (0L, 0.0);
        await Eventually.TrueAsync(
            async () =>
            {
                start = TimeProvider.System.GetTimestamp();
                forwarded = await standby.MetricAsync(Forwarded);
                return forwarded > 0 && forwarded == await owner.MetricAsync(Received) - before;
            },
            Patience);
        await owner.KillAsync();
        var killing = TimeProvider.System.GetElapsedTime(start);
        await Eventually.TrueAsync(standby.OwnsAsync, Patience);
        var owned = TimeProvider.System.GetElapsedTime(start);
        var gained = (await standby.SystemAsync()).Now;
        // Not earlier, so that it is the other that takes over; and not later, for it needs its time to start.
        var replacement = replace();
        await Eventually.TrueAsync(() => AllAsync(Revisions, async revision => (await standby.ExplainAsync(KeyOf(revision)))?.Decisions.Any(decision => decision.Valid) == true), Patience);
        var decided = TimeProvider.System.GetElapsedTime(start);

        // Every report that came in is in the new owner, or had left for the old one.
        var sent = 0;
        await Eventually.TrueAsync(
            async () =>
            {
                sent = activator.Sent;
                return await TakenAsync(standby) == sent;
            },
            Patience);
        var handOver = new HandOver(owner.Name, standby.Name, owned, decided, gained)
        {
            Sent = sent,
            InFlight = (int)(await standby.MetricAsync(Forwarded) - forwarded),
            // While we looked and killed, and those of a second that found the connection not broken yet.
            MostInFlight = activator.Rate + (int)Math.Ceiling(killing.TotalSeconds * activator.Rate),
        };
        return (handOver, replacement);
    }

    private static async Task<double> TakenAsync(AutoscalerReplica replica) => await replica.MetricAsync(Received) + await replica.MetricAsync(Forwarded);

    private static Task UntilOnlyLoadHoldsAsync(AutoscalerReplica owner, DateTimeOffset gained) => Eventually.TrueAsync(
        () => AllAsync(Revisions, async revision => (await owner.ExplainAsync(KeyOf(revision)))!.Decisions[0] is { Valid: true, Panicking: false } newest && newest.Last > gained + WindowOf(revision)),
        Patience);

    // Nothing holds an average: a report that is missing from the middle of a window shows in it, whatever the decision is held by.
    private static async Task AssertNothingIsMissingAsync(AutoscalerReplica owner, HandOver handOver)
    {
        foreach (var revision in BusyRevisions.Pushed)
        {
            var decisions = (await owner.ExplainAsync(KeyOf(revision)))!.Decisions.Where(decision => decision.Valid);
            Assert.All(decisions, decision => Assert.True(decision is { StableAverage: BusyRevisions.PushedConcurrency, Desired: >= BusyRevisions.PushedPods }, $"{revision}: {decision}; {handOver}"));
        }
    }

    private static async Task<bool> AllAsync(IEnumerable<string> revisions, Func<string, Task<bool>> condition)
    {
        foreach (var revision in revisions)
        {
            if (!await condition(revision))
            {
                return false;
            }
        }

        return true;
    }

    private static int PodsOf(string revision) => revision == BusyRevisions.Scraped ? BusyRevisions.ScrapedPods : BusyRevisions.PushedPods;

    private static TimeSpan WindowOf(string revision) => revision == BusyRevisions.Scraped ? BusyRevisions.ScrapedWindow : BusyRevisions.PushedWindow;

    private static ObjectKey KeyOf(string revision) => new("default", revision);

    // Another pod each time, with another address.
    private AutoscalerReplica Launch(ProcessHost processes, int number) => AutoscalerReplica.Start(
        processes,
        api.Kubeconfig,
        string.Create(CultureInfo.InvariantCulture, $"autoscaler-{number}"),
        string.Create(CultureInfo.InvariantCulture, $"127.9.62.{number + 1}"),
        Shipped ? [] : Short,
        _log.Enqueue);

    private async Task UntilScaledAsync(string revision, int pods)
    {
        try
        {
            await Eventually.TrueAsync(
                async () => (await api.Client.FindAsync<V1Deployment>(KeyOf($"{revision}-deployment"), TestContext.Current.CancellationToken))?.Spec.Replicas == pods
                    && (await api.Client.FindAsync<PodAutoscaler>(KeyOf(revision), TestContext.Current.CancellationToken))?.Status?.DesiredScale == pods,
                Patience);
        }
        catch (TimeoutException)
        {
            Assert.Fail($"{revision} was not scaled to {pods}:\n{string.Join('\n', _log.TakeLast(60))}");
        }
    }

    private sealed record HandOver(string From, string To, TimeSpan Owned, TimeSpan Decided, DateTimeOffset Gained)
    {
        /// <summary>Reports that the survivor got.</summary>
        public int Sent { get; init; }
        /// <summary>Those of them that went to the killed process from shortly before its end.</summary>
        public int InFlight { get; init; }
        public int MostInFlight { get; init; }

        public override string ToString() => string.Create(
            CultureInfo.InvariantCulture,
            $"{From} killed: {To} owned after {Owned.TotalSeconds:0.0} s, had decided all after {Decided.TotalSeconds:0.0} s; of {Sent} reports {InFlight} were in flight (at most {MostInFlight}), none missing");
    }
}
