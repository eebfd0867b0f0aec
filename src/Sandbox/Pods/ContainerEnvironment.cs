using k8s.Models;

namespace Knative.Xds.Sandbox.Pods;

/// <summary>Builds the environment and the command line of a container.</summary>
internal static class ContainerEnvironment
{
    /// <summary>Environment variable with the pod's address, set in every container: pods share the host's network.</summary>
    public const string PodIPVariable = "KXDS_POD_IP";

    private static readonly HashSet<string> Inherited = new(StringComparer.Ordinal) { "PATH", "HOME", "USER", "LANG", "LC_ALL", "TZ", "TMPDIR", "SSL_CERT_FILE", "SSL_CERT_DIR" };

    /// <summary>The variables of this process that programs need to start at all; not the settings of whoever started the runner.</summary>
    public static IReadOnlyDictionary<string, string> OfThisProcess() =>
        Environment.GetEnvironmentVariables().Cast<System.Collections.DictionaryEntry>()
            .Select(entry => (Name: (string)entry.Key, Value: (string?)entry.Value ?? ""))
            .Where(variable => Inherited.Contains(variable.Name) || variable.Name.StartsWith("DOTNET_ROOT", StringComparison.Ordinal))
            .ToDictionary(variable => variable.Name, variable => variable.Value, StringComparer.Ordinal);

    /// <summary>Variables of a container: base, envFrom, env, each later one winning.</summary>
    /// <remarks>Errors: <see cref="ContainerStartException"/> that names the variable and what it refers to.</remarks>
    public static async Task<Dictionary<string, string>> BuildAsync(
        V1Container container, PodIdentity pod, IReadOnlyDictionary<string, string> start, ConfigSource config, CancellationToken cancellationToken)
    {
        var result = new Dictionary<string, string>(start, StringComparer.Ordinal)
        {
            ["HOSTNAME"] = pod.Pod.Spec.Hostname ?? pod.Pod.Metadata.Name,
            [PodIPVariable] = pod.PodIP,
        };
        foreach (var source in container.EnvFrom ?? [])
        {
            await AddAllAsync(result, source, config, cancellationToken);
        }

        foreach (var variable in container.Env ?? [])
        {
            if (await ValueAsync(variable, pod, result, config, cancellationToken) is { } value)
            {
                result[variable.Name] = value;
            }
        }

        return result;
    }

    /// <summary>Command line of a container: its command, else its image's, then its arguments.</summary>
    /// <remarks>Errors: <see cref="ContainerStartException"/> for an image without a command line.</remarks>
    public static IReadOnlyList<string> CommandLine(V1Container container, IDictionary<string, IReadOnlyList<string>> images, IReadOnlyDictionary<string, string> environment)
    {
        var command = container.Command is { Count: > 0 } own ? own.Select(part => VariableExpansion.Expand(part, environment)) : OfImage(container, images);
        return [.. command, .. (container.Args ?? []).Select(part => VariableExpansion.Expand(part, environment))];
    }

    private static IReadOnlyList<string> OfImage(V1Container container, IDictionary<string, IReadOnlyList<string>> images)
    {
        var image = container.Image ?? "";
        if (images.TryGetValue(image, out var command) || images.TryGetValue(WithoutVersion(image), out command))
        {
            return command;
        }

        var known = images.Count == 0 ? "none" : string.Join(", ", images.Keys.Order(StringComparer.Ordinal));
        throw new ContainerStartException(ContainerStartException.UnknownImage,
            $"container \"{container.Name}\": no program is known for image \"{image}\" (known: {known}); containers run as local processes, so set its command");
    }

    private static string WithoutVersion(string image)
    {
        var name = image.Split('@')[0];
        var colon = name.LastIndexOf(':');
        return colon > name.LastIndexOf('/') ? name[..colon] : name;
    }

    private static async Task AddAllAsync(Dictionary<string, string> result, V1EnvFromSource source, ConfigSource config, CancellationToken cancellationToken)
    {
        var (kind, name, optional) = source.ConfigMapRef is { } map ? ("ConfigMap", map.Name, map.Optional) : ("Secret", source.SecretRef?.Name, source.SecretRef?.Optional);
        var data = kind == "ConfigMap" ? await config.ConfigMapAsync(name!, cancellationToken) : await config.SecretAsync(name!, cancellationToken);
        if (data is null && optional != true)
        {
            throw Missing($"envFrom: {kind} \"{name}\" not found");
        }

        foreach (var (key, value) in data ?? new Dictionary<string, string>())
        {
            result[source.Prefix + key] = value;
        }
    }

    private static async Task<string?> ValueAsync(V1EnvVar variable, PodIdentity pod, Dictionary<string, string> known, ConfigSource config, CancellationToken cancellationToken)
    {
        if (variable.ValueFrom is not { } from)
        {
            return VariableExpansion.Expand(variable.Value ?? "", known);
        }

        if (from.FieldRef is { } field)
        {
            return pod.Field(field.FieldPath) ?? throw Missing($"env {variable.Name}: fieldRef \"{field.FieldPath}\" is not supported");
        }

        if (from.ConfigMapKeyRef is { } map)
        {
            return Key(await config.ConfigMapAsync(map.Name, cancellationToken), map.Key, map.Optional, $"env {variable.Name}: ConfigMap \"{map.Name}\"");
        }

        return from.SecretKeyRef is { } secret
            ? Key(await config.SecretAsync(secret.Name, cancellationToken), secret.Key, secret.Optional, $"env {variable.Name}: Secret \"{secret.Name}\"")
            : throw Missing($"env {variable.Name}: only fieldRef, configMapKeyRef and secretKeyRef are supported");
    }

    private static string? Key(IReadOnlyDictionary<string, string>? data, string key, bool? optional, string where)
    {
        if (data is not null && data.TryGetValue(key, out var value))
        {
            return value;
        }

        return optional == true ? null : throw Missing(data is null ? $"{where} not found" : $"{where} has no key \"{key}\"");
    }

    private static ContainerStartException Missing(string message) => new(ContainerStartException.BadConfig, message);
}
