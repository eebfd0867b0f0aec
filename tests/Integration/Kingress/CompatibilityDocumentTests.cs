using System.Reflection;
using System.Text.RegularExpressions;
using Knative.Xds.Integration.Kingress.Harness;
using Knative.Xds.Testing;

namespace Knative.Xds.Integration.Kingress;

/// <summary>docs/compatibility.md says which test shows what: it must say so of all, and of none that is not there.</summary>
public sealed partial class CompatibilityDocumentTests
{
    // Source: knative/networking test/conformance/ingress/run.go.
    private static readonly string[] Rows =
    [
        "basics", "basics/http2", "grpc", "grpc/split", "headers/pre-split", "headers/post-split", "headers/probe", "hosts/multiple",
        "dispatch/path", "dispatch/percentage", "dispatch/path_and_percentage", "dispatch/rule", "retry", "timeout", "tls", "update",
        "visibility", "visibility/split", "visibility/path", "ingressclass", "websocket", "websocket/split",
        "host-rewrite", "headers/tags", "httpoption",
    ];

    private static readonly MethodInfo[] Tests = [.. typeof(CompatibilityDocumentTests).Assembly.GetTypes().SelectMany(type => type.GetMethods()).Where(method => method.GetCustomAttribute<FactAttribute>() is not null)];
    private static readonly string Document = File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "compatibility.md"));
    private static readonly string Section = SectionOf(Document, "## Conformance");

    [Fact]
    public void EveryRowOfUpstreamsSuite_HasATest() =>
        Assert.Equal(Rows.Order(StringComparer.Ordinal), Tests.Select(test => test.GetCustomAttribute<ConformanceAttribute>()?.Row).OfType<string>().Distinct().Order(StringComparer.Ordinal));

    [Fact]
    public void EveryLatentDefect_HasATest() =>
        Assert.Equal(Enumerable.Range(1, 24), Tests.SelectMany(test => test.GetCustomAttributes<DefectAttribute>()).Select(defect => defect.Number).Distinct().Order());

    [Fact]
    public void EveryTrapOfEnvoy_HasATestAndARow()
    {
        Assert.Equal(CoveredRules.Traps.Order(StringComparer.Ordinal), Tests.SelectMany(test => test.GetCustomAttributes<TrapAttribute>()).Select(trap => trap.Name).Distinct().Order(StringComparer.Ordinal));
        Assert.Equal(CoveredRules.Traps, RowsOf(SectionOf(Section, "### Traps of Envoy")).Select(cells => cells[0]));
    }

    [Fact]
    public void EveryRuleOfTheProtocol_HasARowThatNamesItsTests()
    {
        var rows = RowsOf(SectionOf(Document, "## xDS protocol"));

        Assert.Equal(CoveredRules.Protocol, rows.Select(cells => $"{cells[0]}: {cells[1]}"));
        Assert.All(rows, cells => Assert.Matches(TestNames(), cells[2]));
    }

    [Fact]
    public void EveryKeyOfConfigNetworkAndConfigKourierAndEveryVariable_HasARow()
    {
        var keys = RowsOf(SectionOf(Document, "## config-network")).SelectMany(cells => Quoted().Matches(cells[0]));
        var kourier = RowsOf(SectionOf(Document, "## config-kourier").Split("\n### ")[0]).SelectMany(cells => Quoted().Matches(cells[0]));
        var variables = RowsOf(SectionOf(Document, "### Environment of net-kourier's controller")).SelectMany(cells => Quoted().Matches(cells[0]));

        Assert.Equal(CoveredRules.NetworkKeys.Order(StringComparer.Ordinal), keys.Select(match => match.Groups[1].Value).Order(StringComparer.Ordinal));
        Assert.Equal(CoveredRules.KourierKeys.Order(StringComparer.Ordinal), kourier.Select(match => match.Groups[1].Value).Order(StringComparer.Ordinal));
        Assert.Equal(CoveredRules.ControllerVariables.Order(StringComparer.Ordinal), variables.Select(match => match.Groups[1].Value).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void EveryTestOfARowADefectOrATrap_IsNamedInTheDocument()
    {
        var named = Named();
        var tests = Tests.Where(test => test.GetCustomAttribute<ConformanceAttribute>() is not null || test.GetCustomAttribute<DefectAttribute>() is not null || test.GetCustomAttribute<TrapAttribute>() is not null);

        Assert.Empty(tests.Select(Name).Where(name => !named.Contains(name)).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void EveryTestThatTheDocumentNames_IsThere()
    {
        var present = Tests.Select(Name).ToHashSet(StringComparer.Ordinal);

        Assert.Empty(Named().Where(name => !present.Contains(name)).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void EveryTestOfAnyProjectThatTheDocumentNames_IsThere()
    {
        var present = Directory.EnumerateFiles(Path.Combine(Vectors.RepositoryRoot(), "tests"), "*Tests.cs", SearchOption.AllDirectories).SelectMany(TestsIn).ToHashSet(StringComparer.Ordinal);
        var named = TestNames().Matches(Document).Select(match => match.Groups[1].Value).Distinct();

        Assert.Empty(named.Where(name => !present.Contains(name)).Order(StringComparer.Ordinal));
    }

    private static IEnumerable<string> TestsIn(string file)
    {
        var source = File.ReadAllText(file);
        return TestMethods().Matches(source).Select(match => $"{Path.GetFileNameWithoutExtension(file)}.{match.Groups[1].Value}");
    }

    private static string Name(MethodInfo test) => $"{test.DeclaringType!.Name}.{test.Name}";

    private static HashSet<string> Named() => TestNames().Matches(Section).Select(match => match.Groups[1].Value).ToHashSet(StringComparer.Ordinal);

    /// <summary>The cells of a section's only table, without its head.</summary>
    private static List<string[]> RowsOf(string section) =>
        [.. section.Split('\n').Where(line => line.StartsWith("| ", StringComparison.Ordinal)).Skip(2).Select(line => line.Split('|')[1..^1].Select(cell => cell.Trim()).ToArray())];

    private static string SectionOf(string document, string heading)
    {
        var start = document.IndexOf(heading, StringComparison.Ordinal);
        var end = document.IndexOf("\n## ", start, StringComparison.Ordinal);
        return end < 0 ? document[start..] : document[start..end];
    }

    [GeneratedRegex("`([A-Za-z0-9]+Tests\\.[A-Za-z0-9_]+)`")]
    private static partial Regex TestNames();

    [GeneratedRegex("`([^`]+)`")]
    private static partial Regex Quoted();

    [GeneratedRegex("public (?:async )?(?:Task|void) ([A-Za-z0-9_]+)\\(")]
    private static partial Regex TestMethods();
}
