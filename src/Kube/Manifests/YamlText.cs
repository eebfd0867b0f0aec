using System.Globalization;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace Knative.Xds.Kube.Manifests;

/// <summary>Text that people write as YAML.</summary>
internal static class YamlText
{
    /// <summary>The root of each of its documents.</summary>
    /// <remarks>Errors: <see cref="FormatException"/> with line and column, where they are known; it is for what would exhaust stack or memory, too (see <see cref="YamlSize"/>).</remarks>
    public static IReadOnlyList<YamlNode> Roots(string text)
    {
        try
        {
            YamlSize.Check(text);
            var stream = new YamlStream();
            using var reader = new StringReader(text);
            stream.Load(reader);
            return [.. stream.Documents.Select(document => document.RootNode)];
        }
        catch (YamlException error)
        {
            throw new FormatException(string.Create(CultureInfo.InvariantCulture, $"line {error.Start.Line}, column {error.Start.Column}: {(error.InnerException ?? error).Message}"), error);
        }
        catch (InvalidOperationException error)
        {
            // What the package's scanner throws at some texts that are none, as a carriage return in a flow mapping.
            throw new FormatException("this is no YAML", error);
        }
    }
}
