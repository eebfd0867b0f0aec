using Knative.Xds.ControlPlane.Translation;
using Knative.Xds.Core.Model;
using Knative.Xds.XdsServer.Fleets;
using Knative.Xds.XdsServer.Watching;

namespace Knative.Xds.XdsServer.Pipeline;

/// <summary>What options, ConfigMaps and Secrets together say about gateways and translation, now.</summary>
internal sealed class EffectiveSettings(LiveConfiguration configuration, ReferencedSecrets secrets, InternalAuthorities authorities, XdsServerOptions options)
{
    /// <summary>Starts to watch what the configuration makes necessary, or stops.</summary>
    public void Follow() => authorities.Want(configuration.Network.SystemInternalTls);

    /// <summary>Completes when all that is watched has been read, or could not be.</summary>
    public Task LoadedAsync() => authorities.LoadedAsync();

    /// <summary>What the translation of ingresses depends on.</summary>
    public TranslationSettings Translation() => new()
    {
        ClusterDomain = options.ClusterDomain,
        AllowsRedirects = !options.DisableHttpOption,
        Authorizes = configuration.Kourier.ExternalAuthorization is not null,
        SecuresBackends = configuration.Network.SystemInternalTls,
        SecuringFault = configuration.Network.SystemInternalTls && authorities.Pem.Length == 0 ? authorities.Fault : null,
        ExternalCertificate = configuration.Kourier is { CertsSecretName: { Length: > 0 } name, CertsSecretNamespace: { Length: > 0 } space } ? new ObjectKey(space, name) : null,
        LocalCertificate = configuration.Kourier.ClusterCertSecret is { Length: > 0 } local ? new ObjectKey(options.SystemNamespace, local) : null,
    };

    /// <summary>The Secrets with the certificates of hosts that have none of their own.</summary>
    public IEnumerable<ObjectKey> DefaultCertificates => DefaultsOf(Translation());

    /// <summary>Whether a Secret is the certificate of clients that name no host.</summary>
    public bool IsDefaultCertificate(ObjectKey secret) => DefaultCertificates.Contains(secret);

    /// <summary>What a fleet's gateways get beside what ingresses give them.</summary>
    public GatewaySettings Gateways(FleetOptions fleet)
    {
        var translation = Translation();
        var settings = new GatewaySettings
        {
            ExternalListen = fleet.ExternalListen,
            LocalListen = fleet.LocalListen,
            ExternalTlsListen = fleet.ExternalTlsListen,
            LocalTlsListen = fleet.LocalTlsListen,
            ProbeListen = fleet.ProbeListen,
            TlsProbeListen = fleet.TlsProbeListen,
            ReadyHost = fleet.ReadyHost,
            MinTlsVersion = options.MinTlsVersion,
            RejectHeadersWithUnderscores = options.RejectHeadersWithUnderscores,
            MaxRequestHeadersKb = (uint)options.MaxRequestHeadersKb,
            MaxConcurrentStreams = (uint)options.MaxConcurrentStreams,
            RequestHeadersTimeout = options.RequestHeadersTimeout,
            ConnectionIdleTimeout = options.ConnectionIdleTimeout,
            AuthoritiesFile = options.AuthoritiesFile,
            Authorities = authorities.Pem,
            ExternalCertificate = CertificateOf(translation.ExternalCertificate),
            LocalCertificate = CertificateOf(translation.LocalCertificate),
        };
        return KourierSettings.Apply(settings, configuration.Kourier, AccessLogPath);
    }

    // Who takes net-kourier's place goes on writing what it wrote.
    private string? AccessLogPath => options.AccessLogPath ?? (options.Gateways == GatewayProfile.Kourier ? "/dev/stdout" : null);

    private static IEnumerable<ObjectKey> DefaultsOf(TranslationSettings settings) => new[] { settings.ExternalCertificate, settings.LocalCertificate }.OfType<ObjectKey>();

    private CertificatePair? CertificateOf(ObjectKey? secret) => secret is { } key ? secrets.Find(key).Pair : null;
}
