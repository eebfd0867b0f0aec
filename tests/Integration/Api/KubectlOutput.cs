using System.Text.RegularExpressions;

namespace Knative.Xds.Integration.Api;

/// <summary>Takes out of kubectl's output what differs from run to run: ages, uids, versions, times, addresses, and the width of columns that held them.</summary>
internal static partial class KubectlOutput
{
    public static string Normalise(string text, string space)
    {
        text = text.ReplaceLineEndings("\n").Replace(space, "NAMESPACE", StringComparison.Ordinal);
        text = Uid().Replace(text, "UID");
        text = Version().Replace(text, "${key}VERSION");
        text = Time().Replace(text, "TIME");
        text = LongTime().Replace(text, "TIME");
        text = ClusterIp().Replace(text, "CLUSTER-IP");
        text = Age().Replace(text, "AGE");
        return string.Join('\n', text.Split('\n').Select(line => Blanks().Replace(line, "${first}  ").TrimEnd())).Trim();
    }

    [GeneratedRegex("[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")]
    private static partial Regex Uid();

    [GeneratedRegex("""(?<key>resourceVersion: |Resource Version: +)"?[0-9]+"?""")]
    private static partial Regex Version();

    [GeneratedRegex("""[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]+Z""")]
    private static partial Regex Time();

    [GeneratedRegex("[A-Z][a-z]{2}, [0-9]{2} [A-Z][a-z]{2} [0-9]{4} [0-9:]{8} [+-][0-9]{4}")]
    private static partial Regex LongTime();

    [GeneratedRegex(@"\b10\.(0|96)\.[0-9]+\.[0-9]+\b")]
    private static partial Regex ClusterIp();

    [GeneratedRegex(@"(?<= )[0-9]+(s|m([0-9]+s)?)(?=\s|$)", RegexOptions.Multiline)]
    private static partial Regex Age();

    [GeneratedRegex("(?<first>[^ ]) {2,}")]
    private static partial Regex Blanks();
}
