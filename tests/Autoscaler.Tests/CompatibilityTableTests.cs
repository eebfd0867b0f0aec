using System.Text.RegularExpressions;
using Knative.Xds.Testing;

namespace Knative.Xds.Autoscaler.Tests;

/// <summary>docs/compatibility.md says which test shows which row of upstream's tests of scaling: it must say so of every row, and name tests that are there.</summary>
public sealed partial class CompatibilityTableTests
{
    // Numbers of rows: decision, windows, collection, scraping, targets, forwarding, reconciler and scaler, ServerlessService.
    private static readonly (string Letter, int Count)[] Rows = [("S", 29), ("A", 15), ("C", 6), ("P", 9), ("T", 3), ("F", 3), ("K", 25), ("E", 8)];

    private static readonly string Root = Vectors.RepositoryRoot();
    private static readonly (string Ids, string Tests)[] Table = [.. Lines().Matches(Section()).Select(match => (match.Groups[1].Value, match.Groups[2].Value))];

    [Fact]
    public void EveryRow_HasATest() =>
        Assert.Equal(
            Rows.SelectMany(row => Enumerable.Range(1, row.Count).Select(number => $"{row.Letter}{number}")),
            Table.Where(line => TestNames().IsMatch(line.Tests)).SelectMany(line => Expand(line.Ids)));

    [Fact]
    public void EveryTestOfTheTable_IsThere()
    {
        var sources = Directory.EnumerateFiles(Path.Combine(Root, "tests"), "*Tests.cs", SearchOption.AllDirectories).ToLookup(file => Path.GetFileNameWithoutExtension(file), File.ReadAllText);

        var missing = Table.SelectMany(line => TestNames().Matches(line.Tests))
            .Where(test => !sources[test.Groups[1].Value].Any(source => source.Contains($" {test.Groups[2].Value}(", StringComparison.Ordinal)))
            .Select(test => test.Value);

        Assert.Empty(missing);
    }

    private static string Section()
    {
        var document = File.ReadAllText(Path.Combine(Root, "docs", "compatibility.md"));
        var start = document.IndexOf("## Autoscaler", StringComparison.Ordinal);
        return document[start..document.IndexOf("\n## ", start, StringComparison.Ordinal)];
    }

    // "A1–A6" is six rows.
    private static IEnumerable<string> Expand(string ids) => ids.Split('–') is [var first, var last]
        ? Enumerable.Range(int.Parse(first[1..], null), int.Parse(last[1..], null) - int.Parse(first[1..], null) + 1).Select(number => $"{first[0]}{number}")
        : [ids];

    [GeneratedRegex(@"^\| ([A-Z]\d+(?:–[A-Z]\d+)?) \| [^|]* \| ([^|]*) \|", RegexOptions.Multiline)]
    private static partial Regex Lines();

    [GeneratedRegex("`([A-Za-z0-9]+Tests)\\.([A-Za-z0-9_]+)`")]
    private static partial Regex TestNames();
}
