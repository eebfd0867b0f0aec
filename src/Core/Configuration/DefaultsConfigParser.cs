using Knative.Xds.Core.Model;
using Knative.Xds.Core.Scaling;
using Knative.Xds.Core.Templating;

namespace Knative.Xds.Core.Configuration;

/// <summary>Reads config-defaults.</summary>
/// <remarks>Source: knative/serving pkg/apis/config/defaults.go.</remarks>
public static class DefaultsConfigParser
{
    private const string Timeout = "revision-timeout-seconds";
    private const string MaxTimeout = "max-revision-timeout-seconds";
    private const string StartTimeout = "revision-response-start-timeout-seconds";
    private const string IdleTimeout = "revision-idle-timeout-seconds";
    private const string Concurrency = "container-concurrency";
    private const string MaxConcurrency = "container-concurrency-max-limit";

    /// <summary>Reads the data of the ConfigMap; unknown keys are ignored.</summary>
    /// <remarks>Errors: a bad value gives a problem that names its key, and no config: the last good one stays in force.</remarks>
    public static (DefaultsConfig? Config, Problem? Problem) Parse(ObjectKey configMap, IReadOnlyDictionary<string, string> data)
    {
        ArgumentNullException.ThrowIfNull(data);
        var reader = new ConfigReader(data);
        var config = Read(reader, data);
        RequireTimeouts(reader, config);
        reader.Require(config.ContainerConcurrencyMaxLimit >= 1, MaxConcurrency, $"{MaxConcurrency} must be at least 1, was {config.ContainerConcurrencyMaxLimit}");
        reader.Require(
            config.ContainerConcurrency >= 0 && config.ContainerConcurrency <= config.ContainerConcurrencyMaxLimit,
            Concurrency,
            $"{Concurrency} must be in [0, {MaxConcurrency} {config.ContainerConcurrencyMaxLimit}], was {config.ContainerConcurrency}");
        return reader.Problem is { } problem
            ? (null, new Problem(configMap, $"data[{problem.Key}]", "InvalidConfig", problem.Message))
            : (config, null);
    }

    private static DefaultsConfig Read(ConfigReader reader, IReadOnlyDictionary<string, string> data)
    {
        var defaults = new DefaultsConfig();
        var timeout = reader.Int64(Timeout, defaults.RevisionTimeoutSeconds);
        return new DefaultsConfig
        {
            RevisionTimeoutSeconds = timeout,
            MaxRevisionTimeoutSeconds = reader.Int64(MaxTimeout, defaults.MaxRevisionTimeoutSeconds),
            ResponseStartTimeoutSeconds = reader.Int64(StartTimeout, timeout),
            IdleTimeoutSeconds = reader.Int64(IdleTimeout, defaults.IdleTimeoutSeconds),
            ContainerConcurrency = reader.Int64(Concurrency, defaults.ContainerConcurrency),
            ContainerConcurrencyMaxLimit = reader.Int64(MaxConcurrency, defaults.ContainerConcurrencyMaxLimit),
            AllowContainerConcurrencyZero = reader.Bool("allow-container-concurrency-zero", defaults.AllowContainerConcurrencyZero),
            EnableServiceLinks = data.TryGetValue("enable-service-links", out var links) ? TriState(links) : defaults.EnableServiceLinks,
            Requests = ReadResources(reader, "request"),
            Limits = ReadResources(reader, "limit"),
            ContainerName = ReadName(reader, data, "container-name-template", defaults.ContainerName),
            InitContainerName = ReadName(reader, data, "init-container-name-template", defaults.InitContainerName),
        };
    }

    private static bool? TriState(string text) => ConfigTexts.Is(text, "true") ? true : ConfigTexts.Is(text, "false") ? false : null;

    private static ContainerResources ReadResources(ConfigReader reader, string kind) => new()
    {
        Cpu = reader.Quantity($"revision-cpu-{kind}", null),
        Memory = reader.Quantity($"revision-memory-{kind}", null),
        EphemeralStorage = reader.Quantity($"revision-ephemeral-storage-{kind}", null),
    };

    // A template must not only parse, it must also work on metadata without content.
    private static GoTemplate ReadName(ConfigReader reader, IReadOnlyDictionary<string, string> data, string key, GoTemplate fallback)
    {
        if (!data.TryGetValue(key, out var text))
        {
            return fallback;
        }

        try
        {
            var template = GoTemplate.Parse(text);
            template.Execute(ObjectMetaView.Empty);
            return template;
        }
        catch (GoTemplateException error)
        {
            reader.Require(false, key, $"{key}: {error.Message}");
            return fallback;
        }
    }

    private static void RequireTimeouts(ConfigReader reader, DefaultsConfig config)
    {
        var timeout = config.RevisionTimeoutSeconds;
        reader.Require(timeout <= config.MaxRevisionTimeoutSeconds, Timeout, $"{Timeout} {timeout} must not exceed {MaxTimeout} {config.MaxRevisionTimeoutSeconds}");
        reader.Require(
            config.ResponseStartTimeoutSeconds <= 0 || config.ResponseStartTimeoutSeconds <= timeout,
            StartTimeout,
            $"{StartTimeout} {config.ResponseStartTimeoutSeconds} must not exceed {Timeout} {timeout}");
        reader.Require(config.IdleTimeoutSeconds <= 0 || config.IdleTimeoutSeconds <= timeout, IdleTimeout, $"{IdleTimeout} {config.IdleTimeoutSeconds} must not exceed {Timeout} {timeout}");
    }
}
