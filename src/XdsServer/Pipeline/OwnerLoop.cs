using System.Threading.Channels;
using Knative.Xds.ControlPlane.Resources;
using Knative.Xds.ControlPlane.Translation;
using Knative.Xds.Core.Model;
using Knative.Xds.Core.Wire;
using Knative.Xds.Hosting;
using Knative.Xds.Kube.Api;
using Knative.Xds.Kube.Projections;
using Knative.Xds.Kube.Watching;
using Knative.Xds.XdsServer.Fleets;
using Knative.Xds.XdsServer.Replication;
using Knative.Xds.XdsServer.Reporting;
using Knative.Xds.XdsServer.Streams;
using Knative.Xds.XdsServer.Watching;

namespace Knative.Xds.XdsServer.Pipeline;

/// <summary>The one owner of all state: takes changes and ACKs, one after the other, and lets resources and verdicts follow.</summary>
internal sealed class OwnerLoop : BackgroundService
{
    private const string CachesCheck = "caches";
    private readonly Channel<OwnerEvent> _inbox = Channel.CreateUnbounded<OwnerEvent>(new UnboundedChannelOptions { SingleReader = true });
    private readonly IngressPipeline _pipeline;
    private readonly InformerView _view;
    private readonly ClusterInformers _informers;
    private readonly FleetDirectory _fleets;
    // Who owns what belongs to no ingress: no object has this key.
    private static readonly ObjectKey Operator = new("", "gateways");
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
    private bool _isConfigurationNew;
    private CancellationToken _stopping;
    private long _translations;
    // Whether the copies have been read as a whole; what changes them before is in that reading.
    private volatile bool _hasRead;

    public OwnerLoop(ClusterInformers informers, ReferencedSecrets secrets, LiveConfiguration configuration, InternalAuthorities authorities, FleetDirectory fleets, StatusWriter statuses, ReplicaLeases replicas, XdsServerOptions options, XdsMetrics metrics, Readiness readiness, TimeProvider time, ILogger<OwnerLoop> logger)
    {
        (_informers, _secrets, _configuration, _fleets, _replicas, _options, _metrics, _readiness, _time, _logger) = (informers, secrets, configuration, fleets, replicas, options, metrics, readiness, time, logger);
        _view = new InformerView(informers, secrets, fleets, options);
        _settings = new EffectiveSettings(configuration, secrets, authorities, fleets, options);
        _pipeline = new IngressPipeline(_view, _settings.Translation())
        {
            OnFault = (key, fault) => XdsLog.TranslationFailed(logger, key, fault),
            OnProblem = (key, problem) => XdsLog.IngressProblem(logger, key, problem.Message, problem.Field, problem.Reason),
            OnSecretWanted = secrets.Watch,
            OnSecretUnwanted = secrets.Unwatch,
        };
        _upkeep = new FleetUpkeep(options.HoldLimit, (happens, delay) => _ = TellInTimeAsync(happens, delay), logger);
        _verdicts = new Verdicts(_pipeline, fleets, statuses, replicas);
        replicas.Changed = isPromoted => _inbox.Writer.TryWrite(new OwnerEvent.Replicas(isPromoted));
        secrets.Changed = secret => _inbox.Writer.TryWrite(new OwnerEvent.Secret(secret));
        configuration.Changed = authorities.Changed = () => _inbox.Writer.TryWrite(new OwnerEvent.Configuration());
        readiness.Expect(CachesCheck);
        foreach (var fleet in fleets.All)
        {
            fleet.Streams.Report = happened => _inbox.Writer.TryWrite(new OwnerEvent.Stream(fleet, happened));
        }

        Listen();
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

    private void Listen()
    {
        _informers.Ingresses.OnChange(change => Take(IsStatusOnly(change) ? new OwnerEvent.Status(change.Key, VersionOf(change)) : new OwnerEvent.Ingress(change.Key, VersionOf(change))));
        _informers.Services.OnChange(change => Take(new OwnerEvent.Service(change.Key)));
        _informers.Sks.OnChange(change => Take(new OwnerEvent.Endpoints(change.Key)));
        _informers.Slices.OnChange(change =>
        {
            // A slice that moved to another Service concerns both.
            foreach (var service in new[] { change.Old, change.New }.Select(slice => slice is null ? null : ServiceEndpointsProjection.ServiceOf(slice)).OfType<ObjectKey>().Distinct())
            {
                Take(new OwnerEvent.Endpoints(service));
            }
        });
    }

    /// <summary>Takes a change of the copies, which have it already.</summary>
    private void Take(OwnerEvent change)
    {
        if (_hasRead)
        {
            _inbox.Writer.TryWrite(change);
        }
    }

    private IEnumerable<ObjectKey> BeingDeleted =>
        _informers.Ingresses.Store.List().Where(ingress => ingress.Metadata.DeletionTimestamp is not null).Select(ingress => new ObjectKey(ingress.Metadata.NamespaceProperty, ingress.Metadata.Name));

    /// <summary>Whether only the status differs, as after our own writes: the API counts the generation up with the spec alone.</summary>
    private static bool IsStatusOnly(ObjectChange<KIngress> change) =>
        change is { Old.Metadata: { } before, New.Metadata: { } after } &&
        before.Generation is not null && before.Generation == after.Generation &&
        before.DeletionTimestamp == after.DeletionTimestamp &&
        IngressProjection.ClassOf(change.Old) == IngressProjection.ClassOf(change.New) &&
        Same(before.Annotations, after.Annotations) && Same(before.Labels, after.Labels);

    private static long VersionOf(ObjectChange<KIngress> change) => change.New is { } ingress ? InformerView.VersionOf(ingress) : 0;

    private static bool Same(IDictionary<string, string>? left, IDictionary<string, string>? right) =>
        (left?.Count ?? 0) == (right?.Count ?? 0) && (left ?? new Dictionary<string, string>()).All(entry => right!.TryGetValue(entry.Key, out var value) && value == entry.Value);

    /// <summary>Translates everything before the first stream is answered: the Secrets that it names are then known, and can be read too.</summary>
    private async Task StartAsync()
    {
        // What has been said of the configuration so far is of what is read now.
        while (_inbox.Reader.TryRead(out _))
        {
        }

        _settings.Follow();
        await _settings.LoadedAsync();
        Configure();

        _hasRead = true;
        foreach (var ingress in _informers.Ingresses.Store.List())
        {
            _verdicts.Saw(InformerView.VersionOf(ingress));
        }

        foreach (var key in _view.Ingresses)
        {
            _pipeline.MarkIngress(key);
        }

        HashSet<ObjectKey> translated = [];
        _secrets.Gather(() => translated.UnionWith(_pipeline.Process()));
        await _secrets.LoadedAsync();
        foreach (var (key, _) in _pipeline.Entries.Where(entry => entry.Value.IsPending))
        {
            _pipeline.MarkIngress(key);
        }

        // The Secrets' first readings among them: of the ingresses that have been translated without.
        TakeAll(translated);
        ConfigureIfNew();
        translated.UnionWith(_pipeline.Process());
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

    /// <summary>Lets the gateways, and the translation of ingresses, follow the configuration.</summary>
    private void Configure()
    {
        _settings.Follow();
        foreach (var fleet in _fleets.All)
        {
            _metrics.GatewayTranslated();
            var resources = GatewayTranslator.Translate(_settings.Gateways(fleet.Options)).Messages.Select(EncodedResource.Of).ToList();
            _upkeep.Publish(fleet, fleet.Owners.Assign(Operator, resources));
        }

        _pipeline.Configure(_settings.Translation());
    }

    private void ConfigureIfNew()
    {
        if (_isConfigurationNew)
        {
            _isConfigurationNew = false;
            Configure();
        }
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
                _isConfigurationNew |= _settings.IsDefaultCertificate(secret.Key);
                break;
            case OwnerEvent.Configuration:
                _isConfigurationNew = true;
                break;
            case OwnerEvent.Endpoints endpoints:
                MarkEndpoints(endpoints.Key);
                break;
            case OwnerEvent.WaitOver wait:
                EndWait(wait);
                break;
            case OwnerEvent.Overdue overdue:
                _upkeep.EndHold(overdue.Fleet, overdue.Resources);
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
        if (_pipeline.EndWait(wait.Key, wait.Generation) is { IsEmpty: false } services)
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
        ConfigureIfNew();
        judged.UnionWith(_pipeline.Process());
        foreach (var (ingress, generation) in _pipeline.Waits)
        {
            _ = TellInTimeAsync(new OwnerEvent.WaitOver(ingress, generation), _options.EndpointWait);
        }

        foreach (var fleet in _fleets.All)
        {
            _upkeep.Dismiss(fleet);
            _metrics.TakenBack(fleet.Name, fleet.Former.Refused);
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
            _verdicts.Judge(key);
        }

        _verdicts.Publish();
    }

    private void Publish(Fleet fleet)
    {
        fleet.Streams.Publish(fleet.Store.Current);
        _metrics.Published(fleet.Name, fleet.Store.Current);
    }
}
