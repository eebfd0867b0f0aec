using Knative.Xds.Core.Model;
using Knative.Xds.Core.Networking;
using Knative.Xds.Core.Wire;

namespace Knative.Xds.XdsServer;

/// <summary>Reads the environment variables of net-kourier's controller.</summary>
/// <remarks>Source: knative-extensions/net-kourier config/300-controller.yaml, pkg/config, pkg/reconciler/ingress/config. Where a variable and the ConfigMap disagree, the
/// same wins as there: the ConfigMap for the certificate, the environment for authorization.</remarks>
internal static class UpstreamEnvironment
{
    private const string AuthorizationHost = "KOURIER_EXTAUTHZ_HOST";

    private static readonly (string Variable, string Key)[] Certificate =
    [
        ("CERTS_SECRET_NAME", "certs-secret-name"),
        ("CERTS_SECRET_NAMESPACE", "certs-secret-namespace"),
    ];

    private static readonly (string Variable, string Key, string Default)[] Authorization =
    [
        (AuthorizationHost, "extauthz-host", ""),
        ("KOURIER_EXTAUTHZ_PROTOCOL", "extauthz-protocol", "grpc"),
        ("KOURIER_EXTAUTHZ_FAILUREMODEALLOW", "extauthz-failure-mode-allow", "false"),
        ("KOURIER_EXTAUTHZ_MAXREQUESTBYTES", "extauthz-max-request-body-bytes", "8192"),
        ("KOURIER_EXTAUTHZ_TIMEOUT", "extauthz-timeout", "2000"),
        ("KOURIER_EXTAUTHZ_PATHPREFIX", "extauthz-path-prefix", ""),
        ("KOURIER_EXTAUTHZ_PACKASBYTES", "extauthz-pack-as-bytes", "false"),
    ];

    /// <summary>Lets options follow the variables.</summary>
    /// <exception cref="FormatException">A variable is malformed; the message names it.</exception>
    public static void Apply(XdsServerOptions options, Func<string, string?> variable)
    {
        options.SystemNamespace = variable("SYSTEM_NAMESPACE") ?? options.SystemNamespace;
        options.GatewayNamespace = variable("KOURIER_GATEWAY_NAMESPACE") is { Length: > 0 } gateways ? gateways : options.GatewayNamespace;
        options.ClusterDomain = variable("CLUSTER_DOMAIN") is { Length: > 0 } domain ? domain : options.ClusterDomain;
        options.DisableHttpOption |= variable("KOURIER_HTTPOPTION_DISABLED") is not null;
        options.ProbeMaxRetryDelay = RetryDelay(variable) ?? options.ProbeMaxRetryDelay;
        foreach (var (name, key) in Certificate.Where(entry => variable(entry.Variable) is not null))
        {
            options.KourierDefaults[key] = variable(name)!;
        }

        if (variable(AuthorizationHost) is { Length: > 0 })
        {
            Authorize(options, variable);
        }
    }

    private static void Authorize(XdsServerOptions options, Func<string, string?> variable)
    {
        foreach (var (name, key, fallback) in Authorization)
        {
            options.KourierOverrides[key] = variable(name) is { Length: > 0 } value ? value : fallback;
        }

        if (KourierConfigParser.Parse(new ObjectKey("", SystemNames.ConfigKourier), options.KourierOverrides).Problem is { } problem)
        {
            var (name, _, _) = Authorization.First(entry => problem.Field == $"data[{entry.Key}]");
            throw new FormatException($"{name}: {problem.Message}");
        }
    }

    private static TimeSpan? RetryDelay(Func<string, string?> variable) => variable("PROBE_MAX_RETRY_DELAY_SECONDS") switch
    {
        null or "" => null,
        var text when int.TryParse(text, out var seconds) && seconds > 0 => TimeSpan.FromSeconds(seconds),
        var text => throw new FormatException($"PROBE_MAX_RETRY_DELAY_SECONDS: \"{text}\" is not a positive number of seconds"),
    };
}
