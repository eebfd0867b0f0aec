using System.Collections.Immutable;
using System.Text.Json.Nodes;
using Knative.Xds.Core.Model;
using Knative.Xds.Core.Scaling;

namespace Knative.Xds.Core.Configuration;

/// <summary>Reads config-deployment.</summary>
/// <remarks>
/// Every key has an older camelCase form that is read first, so a bad old value refuses the map even beside a good new one.
/// Source: knative/serving pkg/deployment/config.go.
/// </remarks>
public static class DeploymentConfigParser
{
    private const string Image = "queue-sidecar-image";
    private const string Affinity = "default-affinity-type";
    private const string RuntimeClass = "runtime-class-name";
    private const string Deadline = "progress-deadline";
    private const string Resolution = "digest-resolution-timeout";
    private const string Registries = "registries-skipping-tag-resolving";

    /// <summary>Reads the data of the ConfigMap; unknown keys are ignored.</summary>
    /// <param name="configMap">Named by the problem.</param>
    /// <param name="data">Keys and values.</param>
    /// <param name="readYaml">Reads the one value that is YAML, with YAML 1.1's booleans; throws <see cref="FormatException"/>.</param>
    /// <remarks>Errors: a bad value gives a problem that names its key, and no config: the last good one stays in force.</remarks>
    public static (DeploymentConfig? Config, Problem? Problem) Parse(ObjectKey configMap, IReadOnlyDictionary<string, string> data, Func<string, JsonNode?> readYaml)
    {
        ArgumentNullException.ThrowIfNull(data);
        ArgumentNullException.ThrowIfNull(readYaml);
        var reader = new ConfigReader(data);
        var config = Read(reader);
        reader.Require(config.QueueSidecarImage.Length > 0, Image, $"{Image} must be set and not be empty");
        reader.Require(config.ProgressDeadline > TimeSpan.Zero, Deadline, $"{Deadline} must be positive, was {config.ProgressDeadline}");
        reader.Require(config.ProgressDeadline.Ticks % TimeSpan.TicksPerSecond == 0, Deadline, $"{Deadline} must be whole seconds, was {config.ProgressDeadline}");
        reader.Require(config.DigestResolutionTimeout > TimeSpan.Zero, Resolution, $"{Resolution} must be positive, was {config.DigestResolutionTimeout}");
        config = config with { DefaultAffinity = ReadAffinity(reader, data), RuntimeClasses = ReadRuntimeClasses(reader, readYaml) };
        return reader.Problem is { } problem
            ? (null, new Problem(configMap, $"data[{problem.Key}]", "InvalidConfig", problem.Message))
            : (config, null);
    }

    private static DeploymentConfig Read(ConfigReader reader)
    {
        var defaults = new DeploymentConfig { QueueSidecarImage = "" };
        var (requests, limits) = (ReadResources(reader, "Request", defaults.Requests), ReadResources(reader, "Limit", defaults.Limits));
        return new DeploymentConfig
        {
            QueueSidecarImage = reader.Text(Image, reader.Text("queueSidecarImage", "")),
            ProgressDeadline = reader.Duration(Deadline, reader.Duration("progressDeadline", defaults.ProgressDeadline)),
            DigestResolutionTimeout = reader.Duration(Resolution, reader.Duration("digestResolutionTimeout", defaults.DigestResolutionTimeout)),
            RegistriesSkippingTagResolving = reader.Set(Registries, reader.Set("registriesSkippingTagResolving", defaults.RegistriesSkippingTagResolving)),
            Requests = requests,
            Limits = limits,
            TokenAudiences = reader.Set("queue-sidecar-token-audiences", defaults.TokenAudiences),
            RootCa = reader.Text("queue-sidecar-rootca", ""),
            TlsMinVersion = reader.Text("queue-sidecar-tls-min-version", ""),
            TlsMaxVersion = reader.Text("queue-sidecar-tls-max-version", ""),
            TlsCipherSuites = reader.Text("queue-sidecar-tls-cipher-suites", ""),
            TlsCurvePreferences = reader.Text("queue-sidecar-tls-curve-preferences", ""),
            PodIsAlwaysSchedulable = reader.Bool("pod-is-always-schedulable", false),
        };
    }

    private static ContainerResources ReadResources(ConfigReader reader, string kind, ContainerResources defaults)
    {
        var suffix = kind == "Limit" ? "limit" : "request";
        return new ContainerResources
        {
            Cpu = reader.Quantity($"queue-sidecar-cpu-{suffix}", reader.Quantity($"queueSidecarCPU{kind}", defaults.Cpu)),
            Memory = reader.Quantity($"queue-sidecar-memory-{suffix}", reader.Quantity($"queueSidecarMemory{kind}", defaults.Memory)),
            EphemeralStorage = reader.Quantity($"queue-sidecar-ephemeral-storage-{suffix}", reader.Quantity($"queueSidecarEphemeralStorage{kind}", defaults.EphemeralStorage)),
        };
    }

    private static AffinityKind ReadAffinity(ConfigReader reader, IReadOnlyDictionary<string, string> data)
    {
        var text = data.GetValueOrDefault(Affinity, "prefer-spread-revision-over-nodes");
        reader.Require(text is "none" or "prefer-spread-revision-over-nodes", Affinity, $"{Affinity} = \"{text}\" is neither none nor prefer-spread-revision-over-nodes");
        return text == "none" ? AffinityKind.None : AffinityKind.PreferSpreadRevisionOverNodes;
    }

    private static ImmutableSortedDictionary<string, ImmutableSortedDictionary<string, string>> ReadRuntimeClasses(ConfigReader reader, Func<string, JsonNode?> readYaml)
    {
        try
        {
            return RuntimeClassReader.Read(readYaml(reader.Text(RuntimeClass, "")));
        }
        catch (FormatException error)
        {
            reader.Require(false, RuntimeClass, $"{RuntimeClass} cannot be read: {error.Message}");
            return RuntimeClassReader.Read(null);
        }
    }
}
