using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json;

namespace Knative.Xds.ControlPlane.Translation;

/// <summary>The bootstrap of an Envoy: <c>envoy/bootstrap.yaml</c> and <c>envoy/sds</c>, which are embedded in this assembly.</summary>
public static class BootstrapTemplate
{
    private const string ResourceName = "envoy.bootstrap.yaml";
    private const string SecretsPrefix = "envoy.sds.";
    // What only mutual TLS needs is a comment until it is wanted.
    private const string TlsMark = "#mtls ";

    /// <summary>The template with its placeholders.</summary>
    public static string Text => Read(ResourceName);

    /// <summary>The bootstrap as YAML, for Envoy's <c>--config-path</c> or <c>--config-yaml</c>.</summary>
    public static string Render(BootstrapSettings settings) => (settings.Tls is { } tls ? WithTls(tls) : WithoutTls())
        .Replace("${KXDS_NODE_ID}", Quoted(settings.NodeId), StringComparison.Ordinal)
        .Replace("${KXDS_NODE_CLUSTER}", Quoted(settings.NodeCluster), StringComparison.Ordinal)
        .Replace("${KXDS_FLEET}", Quoted(settings.Fleet), StringComparison.Ordinal)
        .Replace("${KXDS_XDS_HOST}", Quoted(settings.XdsHost), StringComparison.Ordinal)
        .Replace("${KXDS_XDS_PORT}", settings.XdsPort.ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal)
        .Replace("${KXDS_MAX_HEAP_BYTES}", settings.MaxHeapBytes.ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal)
        .Replace("${KXDS_MAX_CONNECTIONS}", settings.MaxConnections.ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal)
        .Replace("${KXDS_ADMIN_PORT}", settings.AdminPort.ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal);

    /// <summary>The files that a bootstrap with mutual TLS reads from <see cref="BootstrapTls.SecretsDirectory"/>: name to content.</summary>
    public static ImmutableSortedDictionary<string, string> RenderSecrets(BootstrapTls tls) =>
        typeof(BootstrapTemplate).Assembly.GetManifestResourceNames()
            .Where(name => name.StartsWith(SecretsPrefix, StringComparison.Ordinal))
            .ToImmutableSortedDictionary(
                name => name[SecretsPrefix.Length..],
                name => Read(name).Replace("${KXDS_TLS_DIR}", Quoted(tls.CertificateDirectory), StringComparison.Ordinal),
                StringComparer.Ordinal);

    private static string WithTls(BootstrapTls tls) => Text
        .Replace(TlsMark, "", StringComparison.Ordinal)
        .Replace("${KXDS_XDS_SERVER_NAME}", Quoted(tls.ServerName), StringComparison.Ordinal)
        .Replace("${KXDS_SDS_DIR}", Quoted(tls.SecretsDirectory), StringComparison.Ordinal);

    private static string WithoutTls() => string.Join('\n', Text.Split('\n').Where(line => !line.TrimStart().StartsWith(TlsMark, StringComparison.Ordinal)));

    private static string Read(string resource)
    {
        using var stream = typeof(BootstrapTemplate).Assembly.GetManifestResourceStream(resource)!;
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }

    // The placeholders of texts stand in double quotes, where YAML reads the escapes of JSON.
    private static string Quoted(string value) => JsonEncodedText.Encode(value).ToString();
}
