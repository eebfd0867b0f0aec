using System.Threading.Channels;
using Knative.Xds.Core.Model;
using Knative.Xds.Core.Wire;
using Knative.Xds.Hosting;
using Knative.Xds.Kube.Projections;
using Knative.Xds.XdsServer.Fleets;
using Knative.Xds.XdsServer.Replication;
using Knative.Xds.XdsServer.Reporting;
using Knative.Xds.XdsServer.Streams;
using Knative.Xds.XdsServer.Watching;

namespace Knative.Xds.XdsServer.Pipeline;

/// <summary>The one owner of all state: takes changes and ACKs, one after the other, and lets resources and verdicts follow.</summary>
/// <remarks>What depends on the content of an object is computed before anything is changed, and a fault of ours in it costs that object alone (<see cref="IngressPipeline.OnFault"/>). What then
/// changes the state, and what streams report, holds no such content: should it fail, half of it would stay wrong for good, so the server ends, and is right again when it has been restarted.</remarks>
internal sealed class OwnerLoop : BackgroundService
{
    private const string CachesCheck = "caches";
    private readonly Channel<OwnerEvent> _inbox = Channel.CreateUnbounded<OwnerEvent>(new UnboundedChannelOptions { SingleReader = true });
    private readonly IngressPipeline _pipeline;
    private readonly InformerView _view;
    private readonly ClusterInformers _informers;
    private readonly FleetDirectory _fleets;
    private readonly ReferencedSecrets _secrets;
    private readonly LiveConfiguration _configuration;
    private readonly EffectiveSettings _settings;
    private readonly ReplicaLeases _replicas;
    private readonly Verdicts _verdicts;
    private readonly XdsServerOptions _options;
    private readonly XdsMetrics _metrics;
    private readonly Readiness _readiness;
    private readonly TimeProvider _time;
    private readonly ILogger<OwnerLoop> _logger;
    private readonly HashSet<Fleet> _changedFleets = [];
    private readonly FleetUpkeep _upkeep;
    private readonly ConfigurationUpkeep _gateways;
    private readonly ClusterChanges _changes;
    private CancellationToken _stopping;
    private long _translations;

    public OwnerLoop(ClusterInformers informers, ReferencedSecrets secrets, LiveConfiguration configuration, InternalAuthorities authorities, FleetDirectory fleets, StatusWriter statuses, ReplicaLeases replicas, XdsServerOptions options, XdsMetrics metrics, Readiness readiness, TimeProvider time, ILogger<OwnerLoop> logger)
    {
        (_informers, _secrets, _configuration, _fleets, _replicas, _options, _metrics, _readiness, _time, _logger) = (informers, secrets, configuration, fleets, replicas, options, metrics, readiness, time, logger);
        _view = new InformerView(informers, secrets, fleets, options);
        _settings = new EffectiveSettings(configuration, secrets, authorities, options);
        _pipeline = new IngressPipeline(_view, _settings.Translation())
        {
            OnFault = (key, fault) => Note(XdsMetrics.Faulty.Ingress, fault, error => XdsLog.TranslationFailed(logger, key, error)),
            OnEndpointFault = (key, fault) => Note(XdsMetrics.Faulty.Endpoints, fault, error => XdsLog.EndpointsFailed(logger, key, error)),
            OnProblem = (key, problem) => XdsLog.IngressProblem(logger, key, problem.Message, problem.Field, problem.Reason),
            OnSecretWanted = secrets.Watch,
            OnSecretUnwanted = secrets.Unwatch,
        };
        _upkeep = new FleetUpkeep(options.HoldLimit, (happens, delay) => _ = TellInTimeAsync(happens, delay), logger);
        _gateways = new ConfigurationUpkeep(_settings, fleets, _upkeep, _pipeline, metrics, logger);
        _verdicts = new Verdicts(_pipeline, fleets, statuses, replicas);
        replicas.Changed = isPromoted => _inbox.Writer.TryWrite(new OwnerEvent.Replicas(isPromoted));
        secrets.Changed = secret => _inbox.Writer.TryWrite(new OwnerEvent.Secret(secret));
        configuration.Changed = authorities.Changed = () => _inbox.Writer.TryWrite(new OwnerEvent.Configuration());
        readiness.Expect(CachesCheck);
        foreach (var fleet in fleets.All)
        {
            fleet.Streams.Report = happened => _inbox.Writer.TryWrite(new OwnerEvent.Stream(fleet, happened));
        }

        _changes = new ClusterChanges(informers, change => _inbox.Writer.TryWrite(change));
    }

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        _stopping = stoppingToken;
        try
        {
            var watching = Task.WhenAll(_informers.RunAsync(stoppingToken), _configuration.RunAsync(stoppingToken));
            var synced = Task.WhenAll(_informers.Synced, _configuration.Synced);
            // Watching ends before only when it fails: to go on would be to serve a part as the whole.
            await await Task.WhenAny(synced, watching);
            await synced;
            await StartAsync();
            await Task.WhenAll(LoopAsync(stoppingToken), _replicas.RunAsync(stoppingToken), watching);
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The server stops.
        }
        catch (Exception failure)
        {
            XdsLog.LoopFailed(_logger, failure);
            throw;
        }
    }

    private IEnumerable<ObjectKey> BeingDeleted =>
        _informers.Ingresses.Store.List().Where(ingress => ingress.Metadata.DeletionTimestamp is not null).Select(ingress => new ObjectKey(ingress.Metadata.NamespaceProperty, ingress.Metadata.Name));

    /// <summary>Reads everything, the Secrets that ingresses name among it, and translates it before the first stream is answered.</summary>
    private async Task StartAsync()
    {
        // What has been said of the configuration so far is of what is read now.
        while (_inbox.Reader.TryRead(out _))
        {
        }

        _settings.Follow();
        await _settings.LoadedAsync();
        _gateways.Follow();

        _changes.Begin();
        foreach (var ingress in _informers.Ingresses.Store.List())
        {
            _verdicts.Saw(InformerView.VersionOf(ingress));
        }

        foreach (var key in _view.Ingresses)
        {
            _pipeline.MarkIngress(key);
        }

        _secrets.Gather(WatchNamed);
        await _secrets.LoadedAsync();
        var translated = Catch();
        if (_pipeline.LacksFormerStates)
        {
            await AdoptAsync();
            translated.UnionWith(Catch());
        }

        if (_pipeline.Entries.Any(entry => entry.Value.IsPending))
        {
            // Some that came meanwhile name others.
            await _secrets.LoadedAsync();
            translated.UnionWith(Catch());
        }

        DropUnnamed();
        translated.UnionWith(BeingDeleted);
        foreach (var fleet in _fleets.All)
        {
            // From here on streams are accepted: also for a fleet that serves no ingress yet. Statuses can wait until after that.
            Publish(fleet);
        }

        Update(translated);
        _pipeline.WaitsForEndpoints = true;
        XdsLog.Synced(_logger, _pipeline.Entries.Count);
        _readiness.Report(CachesCheck, null);
    }

    /// <summary>What is bad, and has never been seen here while it was good, is served as the other replicas serve it: gateways that come from them are to lose nothing.</summary>
    private async Task AdoptAsync()
    {
        foreach (var former in (await _replicas.ReadLastGoodAsync(_stopping)).Values.Where(_pipeline.Adopt))
        {
            XdsLog.LastGoodAdopted(_logger, former.Key, former.Generation);
        }
    }

    private void WatchNamed()
    {
        foreach (var secret in _view.NamedSecrets.Concat(_settings.DefaultCertificates).Distinct())
        {
            _secrets.Watch(secret);
        }
    }

    /// <summary>Those that nobody names after all, as the ingress is bad, or has changed meanwhile.</summary>
    private void DropUnnamed()
    {
        foreach (var secret in _secrets.Watched.Where(secret => !_pipeline.Names(secret)).ToList())
        {
            _secrets.Unwatch(secret);
        }
    }

    /// <summary>Takes what has happened until now.</summary>
    private HashSet<ObjectKey> Catch()
    {
        HashSet<ObjectKey> touched = [];
        TakeAll(touched);
        _gateways.FollowIfNew();
        _secrets.Gather(() => touched.UnionWith(_pipeline.Process()));
        return touched;
    }

    private async Task LoopAsync(CancellationToken cancellationToken)
    {
        while (await _inbox.Reader.WaitToReadAsync(cancellationToken))
        {
            var judged = new HashSet<ObjectKey>();
            TakeAll(judged);
            Update(judged);
        }
    }

    private void TakeAll(HashSet<ObjectKey> judged)
    {
        while (_inbox.Reader.TryRead(out var happened))
        {
            Take(happened, judged);
        }
    }

    private void Take(OwnerEvent happened, HashSet<ObjectKey> judged)
    {
        switch (happened)
        {
            case OwnerEvent.Ingress ingress:
                _pipeline.MarkIngress(ingress.Key);
                _verdicts.Saw(ingress.Version);
                break;
            case OwnerEvent.Status status:
                judged.Add(status.Key);
                _verdicts.Saw(status.Version);
                break;
            case OwnerEvent.Service service:
                _pipeline.MarkService(service.Key);
                break;
            case OwnerEvent.Secret secret:
                _pipeline.MarkSecret(secret.Key);
                _gateways.MarkSecret(secret.Key);
                break;
            case OwnerEvent.Configuration:
                _gateways.Mark();
                break;
            case OwnerEvent.Endpoints endpoints:
                MarkEndpoints(endpoints.Key);
                break;
            case OwnerEvent.WaitOver wait:
                EndWait(wait);
                break;
            case OwnerEvent.MoveOver move:
                _pipeline.EndMove(move.Key, move.Number);
                break;
            case OwnerEvent.Overdue overdue:
                _upkeep.EndHold(overdue.Fleet, overdue.Resources, overdue.Hold);
                break;
            case OwnerEvent.Replicas replicas:
                judged.UnionWith(replicas.IsPromoted ? _pipeline.Entries.Keys.Concat(BeingDeleted) : _verdicts.Undecided);
                break;
            case OwnerEvent.Stream stream:
                Take(stream, judged);
                break;
        }
    }

    private void Take(OwnerEvent.Stream stream, HashSet<ObjectKey> judged)
    {
        if (stream.Fleet.Ledger.Apply(stream.Event) is { } resources)
        {
            judged.UnionWith(resources.SelectMany(stream.Fleet.Owners.OwnersOf));
        }
        else
        {
            // A gateway came or went: once for all that come or go together.
            _changedFleets.Add(stream.Fleet);
            _verdicts.CountAgain();
        }

        if (stream.Event is StreamEvent.Nacked refused)
        {
            _upkeep.GoBack(stream.Fleet, refused);
        }
    }

    private void EndWait(OwnerEvent.WaitOver wait)
    {
        if (_pipeline.EndWait(wait.Key, wait.Number) is { IsEmpty: false } services)
        {
            XdsLog.NoEndpoints(_logger, wait.Key, string.Join(", ", services));
        }
    }

    private async Task TellInTimeAsync(OwnerEvent happens, TimeSpan delay)
    {
        await Task.Delay(delay, _time, _stopping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _inbox.Writer.TryWrite(happens);
    }

    private void MarkEndpoints(ObjectKey service)
    {
        _pipeline.MarkEndpoints(service);
        foreach (var owner in _informers.Sks.Store.ByIndex(ClusterInformers.ByPrivateService, service.ToString()))
        {
            _pipeline.MarkEndpoints(ServerlessServiceProjection.Project(owner).Value!.Key);
        }

        if (service == new ObjectKey(_options.SystemNamespace, SystemNames.ActivatorService))
        {
            _pipeline.MarkAllEndpoints();
        }
    }

    private void Update(HashSet<ObjectKey> judged)
    {
        _gateways.FollowIfNew();
        judged.UnionWith(_pipeline.Process());
        foreach (var (ingress, wait) in _pipeline.Waits)
        {
            _ = TellInTimeAsync(new OwnerEvent.WaitOver(ingress, wait), _options.EndpointWait);
        }

        foreach (var (ingress, move) in _pipeline.Moves.TakeBegun().Where(begun => !_pipeline.Moves.LeftBy(begun.Ingress).IsEmpty))
        {
            XdsLog.Moves(_logger, ingress, string.Join(", ", _pipeline.Moves.LeftBy(ingress)), _options.FleetMoveLinger);
            _ = TellInTimeAsync(new OwnerEvent.MoveOver(ingress, move), _options.FleetMoveLinger);
        }

        foreach (var fleet in _fleets.All)
        {
            _upkeep.Dismiss(fleet);
            _metrics.TakenBack(fleet.Name, fleet.Former.Refused);
            _metrics.Silent(fleet.Name, fleet.Ledger.SilentCount);
        }

        foreach (var fleet in _pipeline.News.Union(_upkeep.TakeNews()))
        {
            Publish(fleet);
        }

        judged.UnionWith(_changedFleets.SelectMany(fleet => fleet.Owners.Keys));
        _changedFleets.Clear();
        _metrics.Problems(_pipeline.Troubled);
        _metrics.Translated(_pipeline.Translations - _translations);
        _translations = _pipeline.Translations;
        foreach (var key in judged)
        {
            Judge(key);
        }

        _verdicts.Publish();
    }

    /// <summary>Judges an ingress. A verdict is made anew each time: one that fails leaves nothing behind, and is tried again when something about the ingress changes.</summary>
    private void Judge(ObjectKey key)
    {
        try
        {
            _verdicts.Judge(key);
        }
        catch (Exception fault)
        {
            Note(XdsMetrics.Faulty.Verdict, fault, error => XdsLog.VerdictFailed(_logger, key, error));
        }
    }

    private void Note(XdsMetrics.Faulty what, Exception fault, Action<Exception> log)
    {
        _metrics.Failed(what);
        log(fault);
    }

    private void Publish(Fleet fleet)
    {
        fleet.Streams.Publish(fleet.Store.Current);
        _metrics.Published(fleet.Name, fleet.Store.Current);
    }
}
