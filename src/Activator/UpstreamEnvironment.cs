using System.Globalization;

namespace Knative.Xds.Activation;

/// <summary>Reads the environment variables that upstream's Deployment of the activator sets.</summary>
/// <remarks>Source: knative/serving cmd/activator/main.go, config/core/deployments/activator.yaml.</remarks>
internal static class UpstreamEnvironment
{
    public static void Apply(ActivatorOptions options, Func<string, string?> variable)
    {
        options.PodName = variable("POD_NAME") ?? options.PodName;
        options.PodIp = variable("POD_IP") ?? options.PodIp;
        options.SystemNamespace = variable("SYSTEM_NAMESPACE") ?? options.SystemNamespace;
        options.ClusterDomain = variable("CLUSTER_DOMAIN") ?? options.ClusterDomain;
        options.ProbeTimeout = Duration("PROBE_TIMEOUT", variable) ?? options.ProbeTimeout;
        options.ProbeFrequency = Duration("PROBE_FREQUENCY", variable) ?? options.ProbeFrequency;
    }

    // Go's notation, as far as the Deployment's values go: one number with one unit.
    private static TimeSpan? Duration(string name, Func<string, string?> variable)
    {
        if (variable(name) is not { Length: > 0 } text)
        {
            return null;
        }

        var (unit, milliseconds) = text.EndsWith("ms", StringComparison.Ordinal) ? ("ms", 1.0) : text.EndsWith('s') ? ("s", 1000.0) : ("m", 60_000.0);
        return text.EndsWith(unit, StringComparison.Ordinal) && double.TryParse(text[..^unit.Length], NumberStyles.Float, CultureInfo.InvariantCulture, out var number)
            ? TimeSpan.FromMilliseconds(number * milliseconds)
            : throw new FormatException($"{name}: \"{text}\" is not a duration such as 200ms or 5s");
    }
}
