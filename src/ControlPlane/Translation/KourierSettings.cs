using Knative.Xds.Core.Networking;

namespace Knative.Xds.ControlPlane.Translation;

/// <summary>config-kourier as settings of our gateways.</summary>
public static class KourierSettings
{
    private const string Everywhere = "0.0.0.0";

    /// <summary>The settings with what the ConfigMap says; absent keys leave them.</summary>
    /// <param name="settings">The settings without it.</param>
    /// <param name="config">The ConfigMap.</param>
    /// <param name="accessLogPath">Where access logs go when the ConfigMap turns them on; null when it says nothing and they are off.</param>
    public static GatewaySettings Apply(GatewaySettings settings, KourierConfig config, string? accessLogPath) => settings with
    {
        Addresses = config.ListenIPAddresses is [Everywhere] ? settings.Addresses : config.ListenIPAddresses,
        ProxyProtocol = config.EnableProxyProtocol,
        CipherSuites = [.. (config.CipherSuites ?? []).Where(cipher => cipher.Length > 0)],
        TrustedHops = config.TrustedHopsCount,
        UseRemoteAddress = config.UseRemoteAddress ?? settings.UseRemoteAddress,
        PassServerHeader = config.DisableEnvoyServerHeader,
        StreamIdleTimeout = config.StreamIdleTimeout.Nanoseconds > 0 ? config.StreamIdleTimeout.ToTimeSpan() : TimeSpan.Zero,
        AccessLog = PathOf(config, accessLogPath) is { } path ? new AccessLogSettings(path, config.ServiceAccessLogTemplate) : null,
        Authorization = config.ExternalAuthorization,
        Tracing = config.Tracing,
    };

    /// <summary>Why Envoy would refuse the listeners that a ConfigMap asks for, with the key at fault; null when it would not.</summary>
    public static (string Key, string Fault)? WhyNot(KourierConfig config)
    {
        if (AccessLogs.WhyNot(config.ServiceAccessLogTemplate) is { } fault)
        {
            return ("service-access-log-template", fault);
        }

        if ((config.CipherSuites ?? []).FirstOrDefault(cipher => cipher.Length > 0 && !CipherNames.IsKnown(cipher)) is { } unknown)
        {
            return ("cipher-suites", $"\"{unknown}\" is no cipher that Envoy knows");
        }

        return config.ExternalAuthorization is { } service && (service.Host.Length == 0 || service.Port is 0 or > ushort.MaxValue)
            ? ("extauthz-host", $"\"{service.Host}\" with port {service.Port} is nobody's address")
            : null;
    }

    private static string? PathOf(KourierConfig config, string? path) => config.EnableServiceAccessLogging switch
    {
        true => path ?? "/dev/stdout",
        false => null,
        null => path,
    };
}
