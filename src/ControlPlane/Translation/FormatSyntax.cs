using System.Text.RegularExpressions;

namespace Knative.Xds.ControlPlane.Translation;

/// <summary>The syntax of Envoy's format strings, as far as a mistake in it would make a whole listener be refused.</summary>
/// <remarks>Names of commands are not checked: they grow with every release.</remarks>
internal static partial class FormatSyntax
{
    /// <summary>What is wrong; null when nothing is.</summary>
    public static string? WhyNot(string format)
    {
        var rest = Command().Replace(format, "");
        return rest.IndexOf('%', StringComparison.Ordinal) is >= 0 and var at ? $"\"{rest[at..Math.Min(rest.Length, at + 20)]}\" is no command: it must look like %NAME%, %NAME(ARGUMENT)% or %NAME:LENGTH%, and a percent sign is %%" : null;
    }

    [GeneratedRegex(@"%%|%[A-Z][A-Z0-9_]*(?:\([^()]*(?:\([^()]*\)[^()]*)*\))?(?::[0-9]+)?%")]
    private static partial Regex Command();
}
