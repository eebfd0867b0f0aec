namespace Knative.Xds.XdsServer.Security;

/// <summary>The certificates of the xDS port. New connections get what the files hold then; a bad file keeps what there was, and is reported.</summary>
/// <remarks>Threading: safe. The files are read at every handshake, as mounted Secrets change behind links whose own dates stay.</remarks>
internal sealed class ServerCertificates : BackgroundService
{
    private readonly Lock _lock = new();
    private readonly XdsServerOptions _options;
    private readonly SecurityMetrics _metrics;
    private readonly TimeProvider _time;
    private readonly ILogger<ServerCertificates> _logger;
    private CertificateSet _current;
    private string? _problem;

    /// <summary>Reads the files.</summary>
    /// <exception cref="CertificateException">They cannot be used: there is nothing to fall back to yet.</exception>
    public ServerCertificates(XdsServerOptions options, SecurityMetrics metrics, TimeProvider time, ILogger<ServerCertificates> logger)
    {
        (_options, _metrics, _time, _logger) = (options, metrics, time, logger);
        _current = CertificateSet.Parse(CertificateFiles.Read(options), time.GetUtcNow());
        _metrics.CertificateEnds(_current.NotAfter);
    }

    /// <summary>What a new connection gets.</summary>
    public CertificateSet Current
    {
        get
        {
            lock (_lock)
            {
                Refresh();
                return _current;
            }
        }
    }

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(_options.TlsReloadInterval, _time);
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken))
            {
                _ = Current;
            }
        }
        catch (OperationCanceledException)
        {
            // The server stops.
        }
    }

    private void Refresh()
    {
        try
        {
            var files = CertificateFiles.Read(_options);
            if (CertificateSet.FingerprintOf(files) != _current.Fingerprint)
            {
                Take(CertificateSet.Parse(files, _time.GetUtcNow()));
            }

            _problem = null;
            _metrics.CertificateProblem(false);
        }
        catch (CertificateException bad)
        {
            Keep(bad.Message);
        }
    }

    private void Take(CertificateSet next)
    {
        _current = next;
        _metrics.CertificateLoaded();
        _metrics.CertificateEnds(next.NotAfter);
        SecurityLog.CertificatesReplaced(_logger, next.Server.TargetCertificate.Subject, next.NotAfter);
    }

    private void Keep(string problem)
    {
        _metrics.CertificateProblem(true);
        if (problem != _problem)
        {
            // Once for each problem: the next handshakes meet it too.
            _problem = problem;
            SecurityLog.CertificatesKept(_logger, problem, _current.NotAfter);
        }
    }
}
