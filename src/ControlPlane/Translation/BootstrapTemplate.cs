using System.Globalization;
using System.Text.Json;

namespace Knative.Xds.ControlPlane.Translation;

/// <summary>The bootstrap of an Envoy: <c>envoy/bootstrap.yaml</c>, which is embedded in this assembly.</summary>
public static class BootstrapTemplate
{
    private const string ResourceName = "envoy.bootstrap.yaml";

    /// <summary>The template with its placeholders.</summary>
    public static string Text
    {
        get
        {
            using var stream = typeof(BootstrapTemplate).Assembly.GetManifestResourceStream(ResourceName)!;
            using var reader = new StreamReader(stream);
            return reader.ReadToEnd();
        }
    }

    /// <summary>The bootstrap as YAML, for Envoy's <c>--config-path</c> or <c>--config-yaml</c>.</summary>
    public static string Render(BootstrapSettings settings) => Text
        .Replace("${KXDS_NODE_ID}", Quoted(settings.NodeId), StringComparison.Ordinal)
        .Replace("${KXDS_NODE_CLUSTER}", Quoted(settings.NodeCluster), StringComparison.Ordinal)
        .Replace("${KXDS_FLEET}", Quoted(settings.Fleet), StringComparison.Ordinal)
        .Replace("${KXDS_XDS_HOST}", Quoted(settings.XdsHost), StringComparison.Ordinal)
        .Replace("${KXDS_XDS_PORT}", settings.XdsPort.ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal)
        .Replace("${KXDS_ADMIN_PORT}", settings.AdminPort.ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal);

    // The placeholders of texts stand in double quotes, where YAML reads the escapes of JSON.
    private static string Quoted(string value) => JsonEncodedText.Encode(value).ToString();
}
