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
/// <remarks>With KXDS_HANDOVER=shipped the leases are as they are shipped; otherwise shorter, for the test's own time.</remarks>
public sealed class HandOverTests(RealApiServer api) : IClassFixture<RealApiServer>
{
    private const int Kills = 10;
    private const string Received = "kxds_autoscaler_stats_received_total", Forwarded = "kxds_autoscaler_stats_forwarded_total";
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(120);
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(15);
    private static readonly bool Shipped = Environment.GetEnvironmentVariable("KXDS_HANDOVER") == "shipped";
    private static readonly string[] ShortLeases = ["--lease-duration", "2", "--lease-renew-deadline", "1.5", "--lease-retry-period", "0.3"];
    private readonly ConcurrentQueue<string> _log = new();

    [Fact]
    public async Task Owner_KilledTenTimesUnderLoad_NeverScalesDownAndLosesNoStat()
    {
        var token = TestContext.Current.CancellationToken;
        await CrdInstaller.EnsureAsync(api.Client, token);
        await using var busy = await BusyRevisions.CreateAsync(api.Client, token);
        await using var processes = new ProcessHost(TimeProvider.System);
        var owner = await StartAsync(processes, 0);
        await Eventually.TrueAsync(owner.OwnsAsync, Patience);
        var standby = await StartAsync(processes, 1);
        await using var activator = new ReportingActivator(new ObjectKey("default", BusyRevisions.Pushed), BusyRevisions.PushedConcurrency, standby.Stats);
        await UntilScaledAsync(BusyRevisions.Scraped, BusyRevisions.ScrapedPods);
        await UntilScaledAsync(BusyRevisions.Pushed, BusyRevisions.PushedPods);
        using var scraped = new ScaleFloor(api.Client, BusyRevisions.Scraped);
        using var pushed = new ScaleFloor(api.Client, BusyRevisions.Pushed);
        await Task.WhenAll(scraped.Watching, pushed.Watching);

        var handOvers = new List<HandOver>();
        var before = 0.0;
        for (var kill = 0; kill < Kills; kill++)
        {
            handOvers.Add(await KillAsync(owner, before, standby, activator));
            owner.Dispose();
            owner = standby;
            standby = await StartAsync(processes, kill + 2);
            // What it got itself before the other forwards to it.
            activator.Target = null;
            await Eventually.TrueAsync(async () => await TakenAsync(owner) == activator.Sent, Patience);
            before = await owner.MetricAsync(Received);
            activator.Target = standby.Stats;
        }

        TestContext.Current.TestOutputHelper!.WriteLine(string.Join('\n', handOvers.Select(handOver => handOver.ToString())));
        owner.Dispose();
        standby.Dispose();
        Assert.Equal((BusyRevisions.ScrapedPods, BusyRevisions.ScrapedPods, false), (scraped.Replicas, scraped.Desired, scraped.Inactive));
        Assert.Equal((BusyRevisions.PushedPods, BusyRevisions.PushedPods, false), (pushed.Replicas, pushed.Desired, pushed.Inactive));
        Assert.All(handOvers, handOver => Assert.True(handOver.Owned < Limit && handOver.Decided < Limit, handOver.ToString()));
        Assert.All(handOvers, handOver => Assert.InRange(handOver.InFlight, 0, handOver.MostInFlight));
    }

    private async Task<HandOver> KillAsync(AutoscalerReplica owner, double before, AutoscalerReplica standby, ReportingActivator activator)
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
        await Eventually.TrueAsync(async () => await HasDecidedAsync(standby, BusyRevisions.Scraped) && await HasDecidedAsync(standby, BusyRevisions.Pushed), Patience);
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
        return new HandOver(owner.Name, standby.Name, owned, decided)
        {
            Sent = sent,
            InFlight = (int)(await standby.MetricAsync(Forwarded) - forwarded),
            // While we looked and killed, and those of a second that found the connection not broken yet.
            MostInFlight = ReportingActivator.Rate + (int)Math.Ceiling(killing.TotalSeconds * ReportingActivator.Rate),
        };
    }

    private static async Task<double> TakenAsync(AutoscalerReplica replica) => await replica.MetricAsync(Received) + await replica.MetricAsync(Forwarded);

    private static async Task<bool> HasDecidedAsync(AutoscalerReplica replica, string revision) =>
        (await replica.ExplainAsync($"default/{revision}"))?.Decisions.Any(decision => decision.Valid) == true;

    private async Task<AutoscalerReplica> StartAsync(ProcessHost processes, int number)
    {
        // Another pod each time, with another address.
        var ip = string.Create(CultureInfo.InvariantCulture, $"127.9.62.{number + 1}");
        var replica = AutoscalerReplica.Start(processes, api.Kubeconfig, string.Create(CultureInfo.InvariantCulture, $"autoscaler-{number}"), ip, Shipped ? [] : ShortLeases, _log.Enqueue);
        await Eventually.TrueAsync(replica.IsReadyAsync, Patience);
        return replica;
    }

    private async Task UntilScaledAsync(string revision, int pods)
    {
        try
        {
            await Eventually.TrueAsync(
                async () => (await api.Client.FindAsync<V1Deployment>(new ObjectKey("default", $"{revision}-deployment"), TestContext.Current.CancellationToken))?.Spec.Replicas == pods
                    && (await api.Client.FindAsync<PodAutoscaler>(new ObjectKey("default", revision), TestContext.Current.CancellationToken))?.Status?.DesiredScale == pods,
                Patience);
        }
        catch (TimeoutException)
        {
            Assert.Fail($"{revision} was not scaled to {pods}:\n{string.Join('\n', _log.TakeLast(60))}");
        }
    }

    private sealed record HandOver(string From, string To, TimeSpan Owned, TimeSpan Decided)
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
