using System.Net;
using System.Net.Sockets;
using Knative.Xds.Core.Stats;
using Knative.Xds.Exchanges;
using Knative.Xds.Limits;
using Knative.Xds.QueueProxy.Draining;
using Knative.Xds.QueueProxy.Handling;
using Knative.Xds.QueueProxy.Listening;
using Knative.Xds.QueueProxy.Probing;
using Knative.Xds.QueueProxy.Reporting;
using Knative.Xds.QueueProxy.Wiring;

namespace Knative.Xds.QueueProxy;

/// <summary>A whole queue-proxy: the program, the tests and the sandbox run this same composition.</summary>
public sealed class QueueProxyApp : IAsyncDisposable
{
    private static readonly TimeSpan TunnelPatience = TimeSpan.FromMinutes(1);

    private readonly QueueOptions _options;
    private readonly TimeProvider _timeProvider;
    private readonly ILogger _logger;
    private readonly InFlight _inFlight;
    private readonly Termination _termination = new();
    private readonly Drainer _drainer;
    private readonly ProbeClient _probeClient;
    private readonly UserForwarder _forwarder;
    private readonly StatReporter _reporter;
    private readonly TelemetryParts _telemetry;
    private readonly CertificateStore? _certificates;
    private readonly SharedPort _mainPort;
    private readonly SharedPort? _tlsPort;
    private readonly SidePorts _sidePorts;
    private readonly HttpServer _main;
    private readonly HttpServer _side;

    private QueueProxyApp(QueueOptions options, TimeProvider timeProvider, ILoggerFactory loggers, Stream output)
    {
        (_options, _timeProvider, _logger) = (options, timeProvider, loggers.CreateLogger("Knative.Xds.QueueProxy"));
        _inFlight = new InFlight(options.Limits.MaxRequests);
        _drainer = new Drainer(timeProvider, options.DrainQuietPeriod);
        _probeClient = new ProbeClient(options.Http2AutoDetection, timeProvider, _logger);
        _forwarder = new UserForwarder(options, timeProvider, loggers);
        var stats = new RequestStats(timeProvider.Nanoseconds());
        _reporter = new StatReporter(stats, options, timeProvider);
        var breaker = QueueHandler.CreateBreaker(options.ContainerConcurrency);
        var refusals = new RefusalCounter();
        _telemetry = new TelemetryParts(options, breaker, refusals, output, timeProvider, _logger);
        var telemetry = _telemetry.Telemetry;
        var headers = new ByteBudget(options.Limits.HeaderBudgetBytes);
        var probes = new ProbeHandler(_drainer, new UserProber(UserProbeParser.Parse(options.ReadinessProbe, options.UserHost), _probeClient, timeProvider), options.Limits, refusals);
        var queue = new QueueHandler(stats, breaker, _forwarder, telemetry, timeProvider);
        var transfers = new TransferBudget(options.Limits.TransferBudgetBytes, () => refusals.Count(Refusal.Transfers));
        var timeouts = new TimeoutHandler(new TimeLimits(options.Timeout, options.ResponseStartTimeout, options.IdleTimeout), transfers, timeProvider, queue.HandleAsync);
        var serverLoggers = new ServerLoggerFactory(loggers, refusals);
        var gate = new ConnectionGate(options.Limits, refusals);
        _certificates = CertificateStore.Exists(options.CertificateFolder) ? new CertificateStore(options.CertificateFolder, timeProvider, _logger) : null;
        _mainPort = Port(options.ServingPort, gate);
        _tlsPort = _certificates is null ? null : Port(options.TlsPort, gate, new TlsTerminator(_certificates, options.Tls));
        _main = new HttpServer(
            _tlsPort is null ? [_mainPort] : [_mainPort, _tlsPort],
            new MainHandler(probes, _drainer, _inFlight, headers, gate, timeouts, telemetry, timeProvider).HandleAsync,
            options.Limits,
            serverLoggers);
        gate.Govern(_main.Limits);
        var observability = options.Observability;
        var sideLimits = options.Limits.ForSidePorts();
        // One gate each: who fills one port keeps nobody out of another.
        SharedPort SidePort(int port) => Port(port, new ConnectionGate(sideLimits, refusals));
        _sidePorts = new SidePorts(
            SidePort(options.AdminPort),
            SidePort(options.StatsPort),
            observability.RequestMetrics.Protocol == "prometheus" ? SidePort(options.MetricsPort) : null,
            observability.RuntimeProfiling ? SidePort(options.ProfilingPort) : null);
        var side = new SideHandler(
            _sidePorts, new DrainHandler(_drainer, _termination, timeProvider), probes, _reporter, new MetricsPage(options, telemetry.Metrics, breaker, headers, transfers, telemetry.Log, refusals), options.ServesStatsAsText);
        _side = new HttpServer(_sidePorts.All, side.HandleAsync, sideLimits, serverLoggers);
    }

    /// <summary>Address of user traffic, with the port in use once started.</summary>
    public IPEndPoint MainEndPoint => _mainPort.Bound;

    /// <summary>Address of user traffic over TLS; null where there is no certificate.</summary>
    public IPEndPoint? TlsEndPoint => _tlsPort?.Bound;

    /// <summary>Address of <c>/wait-for-drain</c>.</summary>
    public IPEndPoint AdminEndPoint => _sidePorts.Admin.Bound;

    /// <summary>What scrapes are answered with.</summary>
    internal StatReporter Reporter => _reporter;

    /// <summary>Address of the autoscaler's statistics.</summary>
    public IPEndPoint StatsEndPoint => _sidePorts.Stats.Bound;

    /// <summary>Address of Prometheus metrics; null where nobody wants them.</summary>
    public IPEndPoint? MetricsEndPoint => _sidePorts.Metrics?.Bound;

    /// <summary>Address of the runtime's state; null where nobody wants it.</summary>
    public IPEndPoint? ProfilingEndPoint => _sidePorts.Profiling?.Bound;

    /// <summary>Puts a proxy together; nothing listens yet.</summary>
    /// <param name="options">What the environment says.</param>
    /// <param name="timeProvider">The system's clock by default.</param>
    /// <param name="loggers">To standard error by default.</param>
    /// <param name="output">Where request logs and printed traces go; standard output by default.</param>
    /// <remarks>Errors: <see cref="FormatException"/> when the readiness probe or the TLS settings are malformed, and those of reading the certificate.</remarks>
    public static QueueProxyApp Create(QueueOptions options, TimeProvider? timeProvider = null, ILoggerFactory? loggers = null, Stream? output = null)
    {
        ArgumentNullException.ThrowIfNull(options);
        return new QueueProxyApp(options, timeProvider ?? TimeProvider.System, loggers ?? new StderrLoggerFactory(StderrLoggerFactory.Level(options.LogLevel)), output ?? Console.OpenStandardOutput());
    }

    /// <summary>Opens the ports, that of user traffic first.</summary>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        await _main.StartAsync(cancellationToken);
        await _side.StartAsync(cancellationToken);
        _ = Task.Run(_forwarder.RehearseAsync, CancellationToken.None);
        QueueLog.Serving(_logger, _options.Revision, _mainPort.ToString(), $"{_options.UserHost}:{_options.UserPort}");
        if (_tlsPort is not null && _options.Tls.CurvePreferences.Length > 0)
            QueueLog.CurvesIgnored(_logger, _options.Tls.CurvePreferences);
    }

    /// <summary>Does what SIGTERM asks for: probes fail, requests are still served until the quiet period has passed, then the ports close and the last requests finish.</summary>
    public async Task ShutdownAsync(CancellationToken cancellationToken)
    {
        QueueLog.Draining(_logger, _options.DrainQuietPeriod);
        _termination.Request();
        await _drainer.DrainAsync().WaitAsync(cancellationToken);
        await StopMainAsync(cancellationToken);
        await _side.StopAsync(cancellationToken);
        QueueLog.Stopped(_logger);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _main.DisposeAsync();
        await _side.DisposeAsync();
        await _telemetry.DisposeAsync();
        _reporter.Dispose();
        _forwarder.Dispose();
        _probeClient.Dispose();
        _drainer.Dispose();
        _certificates?.Dispose();
    }

    // Requests are waited for without limit, upgraded connections for a minute: knative/serving pkg/queue/sharedmain/main.go.
    private async Task StopMainAsync(CancellationToken cancellationToken)
    {
        using var cut = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var watching = CutTunnelsAsync(cut);
        await _main.StopAsync(cut.Token);
        await cut.CancelAsync();
        await watching.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private async Task CutTunnelsAsync(CancellationTokenSource cut)
    {
        var step = TimeSpan.FromSeconds(1);
        while (_inFlight.Requests > 0)
            await Task.Delay(step, _timeProvider, cut.Token);
        for (var waited = TimeSpan.Zero; waited < TunnelPatience; waited += step)
            await Task.Delay(step, _timeProvider, cut.Token);
        QueueLog.TunnelsCut(_logger, _inFlight.Tunnels);
        await cut.CancelAsync();
    }

    private SharedPort Port(int port, ConnectionGate? gate = null, TlsTerminator? tls = null) =>
        new(new IPEndPoint(_options.BindAddress ?? (Socket.OSSupportsIPv6 ? IPAddress.IPv6Any : IPAddress.Any), port), new SortingRules(_timeProvider, _options.Limits.HeadersTimeout, gate, tls));
}
