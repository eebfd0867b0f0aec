using System.Text.Json.Nodes;
using Knative.Xds.Core.Model;
using Knative.Xds.Core.Scaling;

namespace Knative.Xds.Core.Networking;

/// <summary>Reads config-network.</summary>
/// <remarks>Source: knative/networking pkg/config/config.go. Older spellings are read first: a bad number or bool there is an error even where the newer one is good.</remarks>
public static class NetworkConfigParser
{
    private const string Enabled = "enabled";
    private const string Disabled = "disabled";
    private static readonly IReadOnlyDictionary<string, object?> NoTexts = new Dictionary<string, object?>();

    /// <summary>Reads the data of the ConfigMap; unknown keys are ignored.</summary>
    /// <param name="configMap">Its name, for problems.</param>
    /// <param name="data">Its data.</param>
    /// <param name="parseYaml">Reads YAML; throws <see cref="FormatException"/>.</param>
    /// <remarks>Errors: a bad value gives a problem that names its key, and no config: the last good one stays in force.</remarks>
    public static (NetworkConfig? Config, Problem? Problem) Parse(ObjectKey configMap, IReadOnlyDictionary<string, string> data, Func<string, JsonNode?> parseYaml)
    {
        ArgumentNullException.ThrowIfNull(data);
        var reader = new ConfigReader(data);
        var config = Read(reader, data, parseYaml);
        reader.Require(config.RolloutDurationSeconds >= 0, "rollout-duration", $"rollout-duration must not be negative, was {config.RolloutDurationSeconds}");
        RequireDomain(reader, config.DomainTemplate);
        RequireTag(reader, config.TagTemplate);
        return reader.Problem is { } problem
            ? (null, new Problem(configMap, $"data[{problem.Key}]", "InvalidConfig", problem.Message))
            : (config, null);
    }

    private static NetworkConfig Read(ConfigReader reader, IReadOnlyDictionary<string, string> data, Func<string, JsonNode?> parseYaml)
    {
        var defaults = new NetworkConfig();
        var internalEncryption = reader.Bool("internal-encryption", false);
        return new NetworkConfig
        {
            IngressClass = reader.Text("ingress-class", reader.Text("ingress.class", defaults.IngressClass)),
            CertificateClass = reader.Text("certificate-class", reader.Text("certificate.class", defaults.CertificateClass)),
            DomainTemplate = reader.Text("domain-template", reader.Text("domainTemplate", defaults.DomainTemplate)),
            TagTemplate = reader.Text("tag-template", reader.Text("tagTemplate", defaults.TagTemplate)),
            ExternalDomainTls = First(data, "external-domain-tls", "auto-tls", "autoTLS")?.Equals(Enabled, StringComparison.OrdinalIgnoreCase) ?? false,
            ClusterLocalDomainTls = Switch(reader, data, "cluster-local-domain-tls"),
            SystemInternalTls = Switch(reader, data, "system-internal-tls") || internalEncryption,
            HttpProtocol = Protocol(reader, data),
            RolloutDurationSeconds = reader.Int64("rollout-duration", reader.Int64("rolloutDuration", defaults.RolloutDurationSeconds)),
            AutocreateClusterDomainClaims = reader.Bool("autocreate-cluster-domain-claims", reader.Bool("autocreateClusterDomainClaims", defaults.AutocreateClusterDomainClaims)),
            NamespaceWildcardCertSelector = Selector(reader, data, parseYaml),
            DefaultExternalScheme = reader.Text("default-external-scheme", reader.Text("defaultExternalScheme", defaults.DefaultExternalScheme)),
            EnableMeshPodAddressability = reader.Bool("enable-mesh-pod-addressability", defaults.EnableMeshPodAddressability),
            MeshCompatibilityMode = data.TryGetValue("mesh-compatibility-mode", out var mode) ? Mode(mode) : defaults.MeshCompatibilityMode,
        };
    }

    private static string? First(IReadOnlyDictionary<string, string> data, params ReadOnlySpan<string> keys)
    {
        foreach (var key in keys)
        {
            if (data.TryGetValue(key, out var text))
            {
                return text;
            }
        }

        return null;
    }

    private static bool Switch(ConfigReader reader, IReadOnlyDictionary<string, string> data, string key)
    {
        var text = data.GetValueOrDefault(key, "").ToLowerInvariant();
        reader.Require(text is "" or Enabled or Disabled, key, $"{key} must be enabled or disabled, was \"{text}\"");
        return text == Enabled;
    }

    private static HttpProtocol Protocol(ConfigReader reader, IReadOnlyDictionary<string, string> data)
    {
        var text = (First(data, "http-protocol", "httpProtocol") ?? "").ToLowerInvariant();
        reader.Require(text is "" or Enabled or Disabled or "redirected", "http-protocol", $"http-protocol must be enabled, disabled or redirected, was \"{text}\"");
        return text switch
        {
            Disabled => HttpProtocol.Disabled,
            "redirected" => HttpProtocol.Redirected,
            _ => HttpProtocol.Enabled,
        };
    }

    // Upstream passes over what it does not know.
    private static MeshCompatibilityMode Mode(string text) => text.ToLowerInvariant() switch
    {
        Enabled => MeshCompatibilityMode.Enabled,
        Disabled => MeshCompatibilityMode.Disabled,
        _ => MeshCompatibilityMode.Auto,
    };

    private static LabelSelector? Selector(ConfigReader reader, IReadOnlyDictionary<string, string> data, Func<string, JsonNode?> parseYaml)
    {
        const string Key = "namespace-wildcard-cert-selector";
        if (!data.TryGetValue(Key, out var text) || text.Length == 0)
        {
            return null;
        }

        try
        {
            return LabelSelectorReader.Read(parseYaml(text));
        }
        catch (FormatException error)
        {
            reader.Require(false, Key, $"{Key} is no label selector: {error.Message}");
            return null;
        }
    }

    private static void RequireDomain(ConfigReader reader, string template)
    {
        const string Key = "domain-template";
        var fields = new Dictionary<string, object?> { ["Name"] = "foo", ["Namespace"] = "bar", ["Domain"] = "baz.com", ["Annotations"] = NoTexts, ["Labels"] = NoTexts };
        var (name, fault) = NameTemplate.Execute(template, fields);
        reader.Require(fault is null, Key, $"{Key} \"{template}\" is invalid: {fault}");
        if (name is null)
        {
            return;
        }

        var (url, complaint) = GoUrl.Parse("https://" + name);
        reader.Require(complaint is null, Key, $"{Key} \"{template}\" makes no host name: {complaint}");
        reader.Require(url is null || url.HostName.Length > 0, Key, $"{Key} \"{template}\" makes an empty host name");
        reader.Require(url is null || url.RequestTarget == "/", Key, $"{Key} \"{template}\" makes a path, {url?.RequestTarget}");
    }

    private static void RequireTag(ConfigReader reader, string template)
    {
        var (_, fault) = NameTemplate.Execute(template, new Dictionary<string, object?> { ["Name"] = "foo", ["Tag"] = "v2" });
        reader.Require(fault is null, "tag-template", $"tag-template \"{template}\" is invalid: {fault}");
    }
}
