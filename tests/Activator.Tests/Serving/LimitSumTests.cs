using System.Globalization;
using System.Text.RegularExpressions;
using Knative.Xds.Activation;
using Knative.Xds.Activation.Listening;
using Knative.Xds.Activator.Tests.Fakes;
using Knative.Xds.Testing;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;

namespace Knative.Xds.Activator.Tests.Serving;

/// <summary>The table of docs/operations.md that adds up what clients can make an activator hold, against the defaults and against what the listeners do.</summary>
public sealed partial class LimitSumTests
{
    private static readonly string Manual = Section(ReadFile("docs", "operations.md"), "## Activator");
    private static readonly ActivatorOptions Defaults = new();

    [Fact]
    public void Rows_OfTheDocumentation_AreThoseOfTheDefaults() =>
        Assert.Equal(LimitSum.Rows(Defaults).Select(ToMebibytes), Row().Matches(Manual).Select(row => Number(row.Groups["mib"].Value)));

    [Fact]
    public void Sum_OfTheDocumentation_IsThatOfItsRowsAndFitsTheDeployment()
    {
        var stated = Stated().Match(Manual);
        var deployment = ReadFile("deploy", "activator.yaml");

        Assert.Equal(LimitSum.Rows(Defaults).Sum(ToMebibytes), Number(stated.Groups["sum"].Value));
        Assert.Contains($"              memory: {Number(stated.Groups["limit"].Value)}Mi\n", deployment, StringComparison.Ordinal);
        Assert.Contains($"              value: \"{Number(stated.Groups["percent"].Value):X}\"\n", deployment, StringComparison.Ordinal);
        var limit = Number(stated.Groups["limit"].Value);
        Assert.InRange(Number(stated.Groups["sum"].Value), 0, limit);
        Assert.InRange(Number(stated.Groups["percent"].Value) / 100.0 * limit, LimitSum.Heap(Defaults) / (1 << 20), limit - ToMebibytes(LimitSum.OutsideHeap));
        Assert.Contains($"up to {ToMebibytes(LimitSum.OutsideHeap)} MiB beside the heap", Manual, StringComparison.Ordinal);
    }

    [Fact]
    public void Headers_BeingRead_AreNotMoreThanTheFormulaSays() => Assert.InRange(
        Sum(Defaults.MaxConnections, connections => 2.0 * ConnectionShares.HeaderBytes(Defaults, connections)), 0, LimitSum.HeadersBeingRead(Defaults));

    [Fact]
    public void Windows_AreNotMoreThanTheFormulaSays() => Assert.InRange(
        Sum(Defaults.MaxHttp2Connections, connections => ConnectionShares.Window(Defaults, connections)), 0, LimitSum.Windows(Defaults));

    [Fact]
    public void Streams_AreNotMoreThanTheFormulaSays() => Assert.InRange(
        Sum(Defaults.MaxHttp2Connections, connections => ConnectionShares.Streams(Defaults, connections)), 0, LimitSum.Streams(Defaults));

    [Fact]
    public void Bodies_BeingRead_TakeNoMoreThanTheirHeadersDid()
    {
        var (limits, sockets) = (new KestrelServerLimits(), new SocketTransportOptions());
        ListenerLimits.Apply(limits, Defaults);
        ListenerLimits.Apply(sockets, Defaults);

        Assert.Equal(Defaults.ReadBufferBytes, sockets.MaxReadBufferSize);
        Assert.InRange(sockets.MaxReadBufferSize!.Value, 0, 2 * ConnectionShares.HeaderBytes(Defaults, Defaults.MaxConnections));
    }

    private static double Sum(int connections, Func<int, double> each) => Enumerable.Range(1, connections).Sum(each);

    private static int ToMebibytes(double bytes) => (int)Math.Round(bytes / (1 << 20));

    private static int Number(string text) => int.Parse(text, NumberStyles.AllowThousands, CultureInfo.InvariantCulture);

    private static string ReadFile(params ReadOnlySpan<string> path) => File.ReadAllText(Path.Combine([Vectors.RepositoryRoot(), .. path]));

    private static string Section(string text, string heading)
    {
        var start = text.IndexOf(heading + "\n", StringComparison.Ordinal);
        return text[start..text.IndexOf("\n## ", start, StringComparison.Ordinal)];
    }

    [GeneratedRegex(@"^\|.*\| (?<mib>[\d,]+) MiB \|$", RegexOptions.Multiline)]
    private static partial Regex Row();

    [GeneratedRegex(@"That is (?<sum>[\d,]+) MiB\. The Deployment's limit is (?<limit>[\d,]+) MiB, of which the heap may have (?<percent>\d+) %")]
    private static partial Regex Stated();
}
