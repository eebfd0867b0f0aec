using System.Globalization;
using System.Net;
using Knative.Xds.Core.Scaling;
using Knative.Xds.Core.Wire;

namespace Knative.Xds.Activation;

/// <summary>Reads the environment variables that upstream's Deployment of the activator sets.</summary>
/// <remarks>Errors: <see cref="FormatException"/> that names the variable. Source: knative/serving cmd/activator/main.go, config/core/deployments/activator.yaml; knative/pkg network/domain.go.</remarks>
internal static class UpstreamEnvironment
{
    private const string ResolverFile = "/etc/resolv.conf";
    private const string SearchPrefix = "svc.";

    public static void Apply(ActivatorOptions options, Func<string, string?> variable) => Apply(options, variable, ReadResolver);

    public static void Apply(ActivatorOptions options, Func<string, string?> variable, Func<string> resolver)
    {
        options.PodName = variable("POD_NAME") ?? options.PodName;
        options.PodIp = PodIp(variable("POD_IP")) ?? options.PodIp;
        options.SystemNamespace = variable("SYSTEM_NAMESPACE") is { } system ? NotEmpty("SYSTEM_NAMESPACE", system) : options.SystemNamespace;
        options.ObservabilityConfigMap = variable("CONFIG_OBSERVABILITY_NAME") ?? options.ObservabilityConfigMap;
        options.ClusterDomain = variable("CLUSTER_DOMAIN") ?? (options.ClusterDomain == SystemNames.ClusterDomain ? DomainOf(resolver()) : options.ClusterDomain);
        options.ProbeTimeout = Duration("PROBE_TIMEOUT", variable) ?? options.ProbeTimeout;
        options.ProbeFrequency = Duration("PROBE_FREQUENCY", variable) ?? options.ProbeFrequency;
        // What Go's client makes of zero.
        options.MaxIdleConnections = Count("MAX_IDLE_PROXY_CONNS", zero: int.MaxValue, variable) ?? options.MaxIdleConnections;
        options.MaxIdleConnectionsPerPod = Count("MAX_IDLE_PROXY_CONNS_PER_HOST", zero: 2, variable) ?? options.MaxIdleConnectionsPerPod;
        options.ListenTls ??= variable("KUBERNETES_SERVICE_HOST") is null ? null : string.Create(CultureInfo.InvariantCulture, $"0.0.0.0:{Ports.BackendHttps}");
        options.TlsMinVersion = variable("ACTIVATOR_TLS_MIN_VERSION") ?? options.TlsMinVersion;
        options.TlsMaxVersion = variable("ACTIVATOR_TLS_MAX_VERSION") ?? options.TlsMaxVersion;
        options.AdminListen = AdminListen(options.AdminListen, variable);
    }

    // An address that is none would be found among no activators' addresses: this one would then take itself for the only one.
    private static string? PodIp(string? text) =>
        text is null || IPAddress.TryParse(text, out _) ? text : throw new FormatException($"POD_IP: \"{text}\" is not an IP address");

    private static string NotEmpty(string name, string text) => text.Length > 0 ? text : throw new FormatException($"{name} is empty");

    private static string DomainOf(string resolver)
    {
        foreach (var line in resolver.Split('\n', StringSplitOptions.TrimEntries))
        {
            var words = line.Split(' ', '\t');
            if (words[0] == "search" && words.Skip(1).FirstOrDefault(word => word.StartsWith(SearchPrefix, StringComparison.Ordinal)) is { } found)
            {
                return found[SearchPrefix.Length..].TrimEnd('.');
            }
        }

        return SystemNames.ClusterDomain;
    }

    private static string AdminListen(string listen, Func<string, string?> variable)
    {
        var (host, port) = (variable("METRICS_PROMETHEUS_HOST"), variable("METRICS_PROMETHEUS_PORT"));
        if (string.IsNullOrEmpty(host) && string.IsNullOrEmpty(port))
        {
            return listen;
        }

        var colon = listen.LastIndexOf(':');
        return string.Create(CultureInfo.InvariantCulture, $"{(string.IsNullOrEmpty(host) ? listen[..colon] : host)}:{(string.IsNullOrEmpty(port) ? listen[(colon + 1)..] : port)}");
    }

    private static int? Count(string name, int zero, Func<string, string?> variable)
    {
        if (variable(name) is not { Length: > 0 } text)
        {
            return null;
        }

        return GoText.TryLiteral(text, out var count) && count >= 0
            ? count == 0 ? zero : (int)Math.Min(count, int.MaxValue)
            : throw new FormatException($"{name}: \"{text}\" is not a number of connections");
    }

    private static TimeSpan? Duration(string name, Func<string, string?> variable)
    {
        if (variable(name) is not { Length: > 0 } text)
        {
            return null;
        }

        return GoText.TryGoDuration(text, out var duration) && duration > GoDuration.Zero
            ? TimeSpan.FromTicks(duration.Nanoseconds / TimeSpan.NanosecondsPerTick)
            : throw new FormatException($"{name}: \"{text}\" is not a duration such as 200ms or 5s");
    }

    private static string ReadResolver()
    {
        try
        {
            return File.ReadAllText(ResolverFile);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return "";
        }
    }
}
