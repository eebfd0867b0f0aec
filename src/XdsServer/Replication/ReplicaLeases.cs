using System.Collections.Immutable;
using System.Threading.Channels;
using k8s.Models;
using Knative.Xds.Core.Model;
using Knative.Xds.Kube.Client;
using Knative.Xds.Kube.Leases;
using Knative.Xds.Kube.Watching;

namespace Knative.Xds.XdsServer.Replication;

/// <summary>The replicas of the xDS server: one of them writes statuses, and knows from the others' leases what their gateways have taken.</summary>
/// <remarks>Each replica has a lease of its own, whose annotation holds its <see cref="ReplicaState"/>; the writer's is one more. Threading: <see cref="Publish"/> and
/// the properties may be used from anywhere.</remarks>
internal sealed class ReplicaLeases
{
    /// <summary>Annotation of a replica's lease.</summary>
    public const string StateAnnotation = "xds.kxds.dev/gateways";
    /// <summary>Annotation with what is served in place of ingresses that are bad: <see cref="LastGoodStates"/>.</summary>
    public const string LastGoodAnnotation = "xds.kxds.dev/last-good";
    /// <summary>Name of the lease of the one that writes statuses.</summary>
    public const string WriterLease = "kxds-xds-server";
    private const string Label = "xds.kxds.dev/replica";
    // A server that starts waits for no longer to know what others serve.
    private static readonly TimeSpan ReadLimit = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan LeaveLimit = TimeSpan.FromSeconds(2);
    private const int LeaveAttempts = 5;
    // While ingresses are on their way to the gateways there is more to say in a moment.
    private static readonly TimeSpan Unsettled = TimeSpan.FromMilliseconds(50);
    private readonly KubeClient _client;
    private readonly XdsServerOptions _options;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly string _identity;
    private readonly ObjectKey _key;
    private readonly ReplicaDirectory _directory;
    private readonly Channel<bool> _news = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
    private readonly Lock _lock = new();
    private readonly long _start;
    private ReplicaState _state = ReplicaState.Empty;
    private string _lastGood = "";
    private ImmutableArray<ReplicaState> _others = [];
    private LeaseElector? _elector;
    private V1Lease? _lease;

    public ReplicaLeases(KubeClient client, XdsServerOptions options, TimeProvider time, ILogger<ReplicaLeases> logger)
    {
        (_client, _options, _time, _logger, _start) = (client, options, time, logger, time.GetTimestamp());
        _identity = options.PodName.Length > 0 ? options.PodName : $"{Environment.MachineName.ToLowerInvariant()}-{Guid.NewGuid().ToString("n")[..8]}";
        _key = new ObjectKey(options.SystemNamespace, $"{WriterLease}-{_identity}");
        _directory = new ReplicaDirectory(_key.Name);
    }

    /// <summary>Called when another replica says something new, comes or goes, and when this one becomes the writer or ceases to be it; set before <see cref="RunAsync"/>.</summary>
    public Action<bool> Changed { get; set; } = _ => { };

    /// <summary>Whether this replica writes statuses.</summary>
    public bool IsWriter => !_options.LeaderElection || _elector?.IsLeader == true;

    /// <summary>What the other replicas say.</summary>
    public ImmutableArray<ReplicaState> Others
    {
        get
        {
            lock (_lock)
            {
                return _others;
            }
        }
    }

    /// <summary>What this replica tells the others.</summary>
    public ReplicaState State
    {
        get
        {
            lock (_lock)
            {
                return _state;
            }
        }
    }

    /// <summary>Tells the others about this replica's gateways, soon.</summary>
    public void Publish(ReplicaState state)
    {
        lock (_lock)
        {
            _state = state;
        }

        if (!IsWriter)
        {
            Wake();
        }
    }

    /// <summary>Tells the others what is served in place of ingresses that are bad, with the next renewal.</summary>
    public void PublishLastGood(string states)
    {
        lock (_lock)
        {
            _lastGood = states;
        }
    }

    /// <summary>What replicas serve in place of ingresses that are bad: those that are there, those that died not long ago, and the life before of this one. Empty when that cannot be read.</summary>
    public async Task<ImmutableDictionary<ObjectKey, Ingress>> ReadLastGoodAsync(CancellationToken cancellationToken)
    {
        if (!_options.LeaderElection)
        {
            return ImmutableDictionary<ObjectKey, Ingress>.Empty;
        }

        using var limit = new CancellationTokenSource(ReadLimit, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, limit.Token);
        try
        {
            return LastGoodStates.Read(await ReadAnnotationsAsync(either.Token));
        }
        catch (Exception error) when (!cancellationToken.IsCancellationRequested)
        {
            XdsLog.LastGoodUnreadable(_logger, error.Message);
            return ImmutableDictionary<ObjectKey, Ingress>.Empty;
        }
    }

    private async Task<List<string>> ReadAnnotationsAsync(CancellationToken cancellationToken)
    {
        var texts = new List<string>();
        string? next = null;
        do
        {
            var page = await _client.ListAsync<V1Lease>(new ObjectQuery(_options.SystemNamespace, Label), next, cancellationToken);
            texts.AddRange(page.Items.Select(lease => lease.Metadata.Annotations?.TryGetValue(LastGoodAnnotation, out var text) == true ? text : "").Where(text => text.Length > 0));
            next = page.ContinueToken;
        }
        while (next is not null);
        return texts;
    }

    /// <summary>Takes part until the token fires.</summary>
    public Task RunAsync(CancellationToken cancellationToken) =>
        _options.LeaderElection ? Task.WhenAll(ElectAsync(cancellationToken), WatchAsync(cancellationToken), LookAroundAsync(cancellationToken), WriteAsync(cancellationToken)) : Task.CompletedTask;

    private string LastGood
    {
        get
        {
            lock (_lock)
            {
                return _lastGood;
            }
        }
    }

    private TimeSpan Now => _time.GetElapsedTime(_start);

    private async Task ElectAsync(CancellationToken cancellationToken)
    {
        var elector = new LeaseElector(_client, new ObjectKey(_options.SystemNamespace, WriterLease), _identity, new LeaseTimings(_options.LeaseDuration, _options.LeaseRenewDeadline, _options.LeaseRetryPeriod), _time, _logger);
        elector.OnChange(leads =>
        {
            Wake();
            Changed(leads);
        });
        _elector = elector;
        await elector.RunAsync(cancellationToken);
    }

    private Task WatchAsync(CancellationToken cancellationToken)
    {
        var informer = new Informer<V1Lease>(_client, new ObjectQuery(_options.SystemNamespace, Label), _time, _logger);
        informer.OnChange(change =>
        {
            lock (_lock)
            {
                _directory.Note(change.Key.Name, change.New, Now);
            }

            Refresh();
        });
        return informer.RunAsync(cancellationToken);
    }

    /// <summary>Notices replicas that died, and tidies up after them.</summary>
    private async Task LookAroundAsync(CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(_options.LeaseRetryPeriod, _time);
        while (await timer.WaitForNextTickAsync(cancellationToken))
        {
            Refresh();
            foreach (var name in IsWriter ? Abandoned() : [])
            {
                await TryAsync(() => _client.DeleteAsync<V1Lease>(new ObjectKey(_options.SystemNamespace, name), cancellationToken), cancellationToken);
            }
        }
    }

    private ImmutableArray<string> Abandoned()
    {
        lock (_lock)
        {
            return _directory.Abandoned(Now);
        }
    }

    private void Refresh()
    {
        lock (_lock)
        {
            var alive = _directory.Alive(Now);
            if (alive.SequenceEqual(_others))
            {
                return;
            }

            _others = alive;
        }

        Changed(false);
    }

    /// <summary>Keeps this replica's lease: at once when there is news for the writer, and every now and then.</summary>
    private async Task WriteAsync(CancellationToken cancellationToken)
    {
        try
        {
            while (true)
            {
                if (!await TryAsync(() => WriteOnceAsync(State, cancellationToken), cancellationToken))
                {
                    // Maybe somebody else changed it: read it again.
                    _lease = null;
                }

                await WaitAsync(_options.LeaseRetryPeriod, cancellationToken);
                if (!State.IsSettled)
                {
                    await WaitAsync(Unsettled, cancellationToken);
                }
            }
        }
        finally
        {
            await LeaveAsync();
        }
    }

    /// <summary>Gives the lease back; but for what is served in place of bad ingresses, which nobody else may know. Whoever writes statuses tidies up after a while.</summary>
    private async Task LeaveAsync()
    {
        if (LastGood.Length == 0)
        {
            using var limit = new CancellationTokenSource(LeaveLimit, _time);
            await TryAsync(() => _client.DeleteAsync<V1Lease>(_key, limit.Token), CancellationToken.None);
            return;
        }

        var hasLeft = false;
        for (var attempt = 0; attempt < LeaveAttempts && !hasLeft; attempt++)
        {
            using var limit = new CancellationTokenSource(LeaveLimit, _time);
            // The last write was cut off maybe, and may yet arrive.
            _lease = null;
            hasLeft = await TryAsync(() => WriteOnceAsync(ReplicaState.Empty, limit.Token), CancellationToken.None);
        }
    }

    private async Task WriteOnceAsync(ReplicaState state, CancellationToken cancellationToken)
    {
        _lease ??= await _client.FindAsync<V1Lease>(_key, cancellationToken);
        var lease = new V1Lease
        {
            Metadata = _lease?.Metadata ?? new V1ObjectMeta { NamespaceProperty = _key.Namespace, Name = _key.Name, Labels = new Dictionary<string, string> { [Label] = "" } },
            Spec = new V1LeaseSpec { HolderIdentity = _identity, LeaseDurationSeconds = (int)Math.Ceiling(_options.LeaseDuration.TotalSeconds), RenewTime = MicroTime.Of(_time.GetUtcNow()) },
        };
        lease.Metadata.Annotations = new Dictionary<string, string> { [StateAnnotation] = state.Write() };
        if (LastGood is { Length: > 0 } states)
        {
            lease.Metadata.Annotations[LastGoodAnnotation] = states;
        }

        _lease = _lease is null ? await _client.CreateAsync(lease, cancellationToken) : await _client.ReplaceAsync(lease, cancellationToken);
    }

    private async Task<bool> TryAsync(Func<Task> action, CancellationToken cancellationToken)
    {
        try
        {
            await action();
            return true;
        }
        catch (Exception error) when (!cancellationToken.IsCancellationRequested)
        {
            XdsLog.ReplicaLeaseFailed(_logger, _key.Name, error.Message);
            return false;
        }
    }

    private void Wake() => _news.Writer.TryWrite(true);

    /// <summary>Waits for news, or for a time.</summary>
    private async Task WaitAsync(TimeSpan limit, CancellationToken cancellationToken)
    {
        using var deadline = new CancellationTokenSource(limit, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, deadline.Token);
        try
        {
            await _news.Reader.ReadAsync(either.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            // No news.
        }
    }
}
