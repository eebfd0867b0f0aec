using Knative.Xds.ControlPlane.Resources;
using Prometheus;

namespace Knative.Xds.XdsServer;

/// <summary>The metrics of one xDS server.</summary>
internal sealed class XdsMetrics(IMetricFactory metrics)
{
    private readonly Gauge _streams = metrics.CreateGauge("kxds_xds_streams", "Open xDS streams.", ["variant", "fleet"]);
    private readonly Counter _pushes = metrics.CreateCounter("kxds_xds_responses_total", "xDS responses sent.", ["type"]);
    private readonly Counter _sentBytes = metrics.CreateCounter("kxds_xds_sent_bytes_total", "Bytes of xDS responses sent, before framing.", ["type"]);
    private readonly Gauge _lastAck = metrics.CreateGauge("kxds_xds_last_ack_timestamp_seconds", "Unix time at which a gateway last acknowledged resources.", ["type"]);
    private readonly Counter _nacks = metrics.CreateCounter("kxds_xds_nacks_total", "xDS responses that gateways refused.", ["type"]);
    private readonly Gauge _takenBack = metrics.CreateGauge("kxds_xds_resources_taken_back", "Resources of which gateways refuse the wanted version, so that the one before is served.", ["fleet"]);
    private readonly Gauge _silent = metrics.CreateGauge("kxds_xds_silent_gateways", "Gateways that owe an answer for so long that ingresses become ready without them.", ["fleet"]);
    private readonly Counter _unknownTypes = metrics.CreateCounter("kxds_xds_unknown_types_total", "Types that clients asked for and that are not served, once for each stream and type.");
    private readonly Counter _unanswered = metrics.CreateCounter("kxds_xds_names_unanswered_total", "Names of secrets that state-of-the-world clients asked for beyond those that are answered.");
    private readonly Counter _translations = metrics.CreateCounter("kxds_ingress_translations_total", "Translations of one ingress.");
    private readonly Gauge _resources = metrics.CreateGauge("kxds_xds_resources", "xDS resources served.", ["type", "fleet"]);
    private readonly Gauge _problems = metrics.CreateGauge("kxds_ingress_problems", "Ingresses that cannot be served as they are.");
    private readonly Counter _faults = metrics.CreateCounter("kxds_xds_faults_total", "Faults of the server itself, each of which cost one object alone.", ["object"]);
    private readonly Gauge _refusedConfiguration = metrics.CreateGauge("kxds_configuration_refused", "1 while a ConfigMap as it is now is not in effect.", ["configmap"]);
    private readonly Counter _statusWrites = metrics.CreateCounter("kxds_ingress_status_writes_total", "Statuses written.", ["result"]);
    private readonly Counter _finalizers = metrics.CreateCounter("kxds_ingress_finalizers_taken_off_total", "Ingresses that were being deleted from which net-kourier's finalizer was taken.", ["result"]);
    private readonly Counter _gatewayTranslations = metrics.CreateCounter("kxds_gateway_translations_total", "Translations of what a fleet's gateways get beside what ingresses give them.");
    private readonly Counter _probes = metrics.CreateCounter("kxds_gateway_probes_total", "Requests that asked a gateway to prove an ingress.", ["result"]);

    public void Probed(string result) => _probes.WithLabels(result).Inc();

    public IDisposable StreamOpened(string variant, string fleet) => _streams.WithLabels(variant, fleet).TrackInProgress();

    public void Pushed(ResourceType type, int bytes)
    {
        _pushes.WithLabels(type.ShortName()).Inc();
        _sentBytes.WithLabels(type.ShortName()).Inc(bytes);
    }

    public void Acked(ResourceType type, DateTimeOffset at) =>
        _lastAck.WithLabels(type.ShortName()).Set((at - DateTimeOffset.UnixEpoch).TotalSeconds);

    public void Nacked(ResourceType type) => _nacks.WithLabels(type.ShortName()).Inc();

    public void TakenBack(string fleet, int count) => _takenBack.WithLabels(fleet).Set(count);

    public void Silent(string fleet, int count) => _silent.WithLabels(fleet).Set(count);

    public void UnknownType() => _unknownTypes.Inc();

    public void Unanswered(int count) => _unanswered.Inc(count);

    public void Translated(long count) => _translations.Inc(count);

    public void GatewayTranslated() => _gatewayTranslations.Inc();

    public void FinalizerTakenOff(string result) => _finalizers.WithLabels(result).Inc();

    public void Failed(Faulty what) => _faults.WithLabels(what switch
    {
        Faulty.Ingress => "ingress",
        Faulty.Endpoints => "endpoints",
        Faulty.Verdict => "verdict",
        Faulty.Configuration => "configuration",
        _ => "client_host",
    }).Inc();

    public void Problems(int count) => _problems.Set(count);

    public void ConfigurationRefused(string configMap, bool refused) => _refusedConfiguration.WithLabels(configMap).Set(refused ? 1 : 0);

    public void StatusWritten(string result) => _statusWrites.WithLabels(result).Inc();

    /// <summary>What a fault of ours can cost.</summary>
    public enum Faulty
    {
        /// <summary>An ingress: it stays as it was.</summary>
        Ingress,
        /// <summary>The endpoints of a Service: they stay as they were.</summary>
        Endpoints,
        /// <summary>The verdict on an ingress: its status stays as it was.</summary>
        Verdict,
        /// <summary>The configuration: the former one stays in effect.</summary>
        Configuration,
        /// <summary>A host that gRPC clients ask for: its resources stay as they were.</summary>
        ClientHost,
    }

    public void Published(string fleet, ResourceSnapshot snapshot)
    {
        foreach (var type in ResourceTypes.All)
        {
            _resources.WithLabels(type.ShortName(), fleet).Set(snapshot[type].Count);
        }
    }
}
