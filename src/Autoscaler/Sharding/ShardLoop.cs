using k8s.Models;
using Knative.Xds.Autoscaler.Caching;
using Knative.Xds.Core.Hashing;
using Knative.Xds.Core.Model;
using Knative.Xds.Kube.Client;
using Knative.Xds.Kube.Leases;
using Knative.Xds.Kube.Watching;

namespace Knative.Xds.Autoscaler.Sharding;

/// <summary>Takes part in the election of each bucket's owner, and follows who won.</summary>
/// <remarks>Source: knative/serving cmd/autoscaler/main.go, knative/pkg leaderelection/context.go.</remarks>
internal sealed class ShardLoop(
    KubeClient client, ClusterCaches caches, AutoscalerOptions options, Ownership ownership, BucketKeeper keeper, BucketEndpoints endpoints,
    Forwarder forwarder, ShardingMetrics metrics, TimeProvider time, ILogger<ShardLoop> logger) : BackgroundService
{
    private const string ConfigLeaderElection = "config-leader-election";
    private readonly string _identity = $"{(options.PodName.Length > 0 ? options.PodName : $"autoscaler-{Guid.NewGuid():n}")}_{options.PodIp}";
    private volatile LeaseElector[] _electors = [];
    private volatile ShardingSettings? _settings;

    /// <summary>Name of this replica in the leases.</summary>
    public string Identity => _identity;

    /// <summary>The settings in force; null before the start, and without leases.</summary>
    public ShardingSettings? Settings => options.LeaderElection ? _settings : null;

    /// <summary>Identity of a bucket's holder; empty when none is known.</summary>
    public string HolderOf(int bucket) => options.LeaderElection ? _electors[bucket].Holder : _identity;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        // A bucket is taken over from complete caches.
        await caches.Synced.WaitAsync(stoppingToken);
        var settings = ReadSettings();
        var buckets = new BucketSet(settings.Buckets);
        foreach (var name in buckets.Names)
        {
            metrics.Known(name);
        }

        _electors = options.LeaderElection ? [.. buckets.Names.Select(name => MakeElector(name, settings.Timings))] : [];
        _settings = settings;
        ownership.Begin(buckets, index => !options.LeaderElection || _electors[index].IsLeader);
        forwarder.Begin(buckets);
        ShardingLog.Started(logger, buckets.Names.Length, _identity, settings.Timings.Duration.TotalSeconds);
        var forwarding = forwarder.RunAsync(stoppingToken);
        await (options.LeaderElection ? ElectAsync(buckets, stoppingToken) : OwnAllAsync(buckets));
        await forwarding;
    }

    private Task OwnAllAsync(BucketSet buckets)
    {
        for (var index = 0; index < buckets.Names.Length; index++)
        {
            keeper.Gain(index);
        }

        return Task.CompletedTask;
    }

    private Task ElectAsync(BucketSet buckets, CancellationToken stoppingToken)
    {
        var leases = new Informer<V1Lease>(client, new ObjectQuery(Namespace: options.SystemNamespace), time, logger);
        leases.OnChange(change => Follow(buckets, change));
        for (var index = 0; index < buckets.Names.Length; index++)
        {
            var bucket = index;
            _electors[bucket].OnChange(leads => OnElection(bucket, leads, stoppingToken));
        }

        return Task.WhenAll([leases.RunAsync(stoppingToken), .. _electors.Select(elector => elector.RunAsync(stoppingToken))]);
    }

    private void OnElection(int bucket, bool leads, CancellationToken stoppingToken)
    {
        if (!leads)
        {
            keeper.Lose(bucket);
            return;
        }

        keeper.Gain(bucket);
        if (options.PodIp.Length > 0)
        {
            _ = endpoints.EnsureAsync(bucket, stoppingToken);
        }
    }

    private void Follow(BucketSet buckets, ObjectChange<V1Lease> change)
    {
        if (buckets.IndexOf(change.Key.Name) is >= 0 and var bucket)
        {
            forwarder.SetHolder(bucket, AddressOf(change.New?.Spec?.HolderIdentity ?? ""));
        }
    }

    // What follows the pod's name and the first underscore.
    private static string AddressOf(string identity) => identity.IndexOf('_', StringComparison.Ordinal) is >= 0 and var at ? identity[(at + 1)..] : "";

    private LeaseElector MakeElector(string bucket, LeaseTimings timings) =>
        new(client, new ObjectKey(options.SystemNamespace, bucket), _identity, timings, time, logger);

    private ShardingSettings ReadSettings()
    {
        var defaults = new ShardingSettings(options.Buckets, new LeaseTimings(options.LeaseDuration, options.LeaseRenewDeadline, options.LeaseRetryPeriod));
        var key = new ObjectKey(options.SystemNamespace, ConfigLeaderElection);
        if (!caches.ConfigMaps.Store.TryGet(key, out var map) || map.Data is null)
        {
            return defaults;
        }

        var (settings, problem) = ShardingSettings.Read(key, new Dictionary<string, string>(map.Data), defaults);
        if (problem is not null)
        {
            ShardingLog.ConfigRefused(logger, problem.Object, problem.Field, problem.Message);
        }

        return settings;
    }
}
