using System.Collections.Immutable;
using System.Text.Json.Nodes;
using Knative.Xds.Core.Configuration;
using Knative.Xds.Core.Model;
using Knative.Xds.Core.Scaling;
using Knative.Xds.Core.Wire;

namespace Knative.Xds.Core.Injection;

/// <summary>Puts the settings of several ConfigMaps together.</summary>
public static class InjectionConfigReader
{
    private static readonly Dictionary<string, string> Nothing = [];

    /// <summary>Reads the ConfigMaps; one that is absent or bad counts as empty.</summary>
    /// <param name="configMaps">Data by ConfigMap name; others than those of Knative are ignored.</param>
    /// <param name="systemNamespace">Where the ConfigMaps are.</param>
    /// <param name="queueImage">Image of the sidecar where config-deployment names none.</param>
    /// <param name="readYaml">As for <see cref="DeploymentConfigParser"/>.</param>
    /// <remarks>Errors: a problem for each bad ConfigMap, which names the key.</remarks>
    public static (InjectionConfig Config, ImmutableArray<Problem> Problems) Read(
        IReadOnlyDictionary<string, IReadOnlyDictionary<string, string>> configMaps, string systemNamespace, string queueImage, Func<string, JsonNode?> readYaml)
    {
        ArgumentNullException.ThrowIfNull(configMaps);
        var problems = ImmutableArray.CreateBuilder<Problem>();
        var fallback = new DeploymentConfig { QueueSidecarImage = queueImage };
        var config = new InjectionConfig
        {
            Deployment = configMaps.ContainsKey("config-deployment")
                ? Take("config-deployment", (key, data) => DeploymentConfigParser.Parse(key, WithImage(data, queueImage), readYaml)) ?? fallback
                : fallback,
            Defaults = Take("config-defaults", DefaultsConfigParser.Parse) ?? new DefaultsConfig(),
            Features = FeaturesConfigParser.Parse(Data("config-features")),
            Observability = Take("config-observability", ObservabilityConfigParser.Parse) ?? new ObservabilityConfig(),
            Logging = Take("config-logging", LoggingConfig.Parse) ?? new LoggingConfig(),
            InitialScale = Take(SystemNames.ConfigAutoscaler, AutoscalerConfigParser.Parse)?.InitialScale ?? 1,
            SystemInternalTls = ConfigTexts.Is(Data(SystemNames.ConfigNetwork).GetValueOrDefault("system-internal-tls", ""), "enabled"),
            SystemNamespace = systemNamespace,
        };
        return (config, problems.ToImmutable());

        IReadOnlyDictionary<string, string> Data(string name) => configMaps.GetValueOrDefault(name, Nothing);

        T? Take<T>(string name, Func<ObjectKey, IReadOnlyDictionary<string, string>, (T?, Problem?)> parse) where T : class
        {
            var (config, problem) = parse(new ObjectKey(systemNamespace, name), Data(name));
            if (problem is not null)
            {
                problems.Add(problem);
            }

            return config;
        }
    }

    private static Dictionary<string, string> WithImage(IReadOnlyDictionary<string, string> data, string queueImage)
    {
        var complete = new Dictionary<string, string>(data);
        if (!data.ContainsKey("queueSidecarImage"))
        {
            complete.TryAdd("queue-sidecar-image", queueImage);
        }

        return complete;
    }
}
