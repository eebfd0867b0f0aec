using System.Text;
using Knative.Xds.Scenarios.Rig;
using static System.FormattableString;

namespace Knative.Xds.Scenarios.ColdStart;

/// <summary>An SVG of the stages: one bar from the request to its first byte, the median of each stage; then the overhead of every cold start.</summary>
internal static class ColdStartPlot
{
    private const int Width = 860, Height = 400, Left = 60, Right = 30;
    private const int BarTop = 70, BarHeight = 44, DotsTop = 210, DotsBottom = 340;
    private static readonly string[] Colors = ["#457b9d", "#1d3557", "#a8dadc", "#d9d9d9", "#e76f51", "#f4a261"];

    public static string Draw(IReadOnlyList<ColdStartTimes> starts)
    {
        var medians = Enumerable.Range(0, Colors.Length).Select(stage => Percentiles.Of(starts.Select(start => start.StagesMs[stage]), 50)).ToArray();
        var svg = new StringBuilder();
        svg.AppendLine(Invariant($"<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {Width} {Height}\" width=\"{Width}\" height=\"{Height}\" font-family=\"sans-serif\" font-size=\"12\">"));
        svg.AppendLine(Invariant($"<rect width=\"{Width}\" height=\"{Height}\" fill=\"#ffffff\"/>"));
        svg.AppendLine(Label(Left, 24, "start", Invariant($"Cold start through Envoy: median of each stage, {starts.Count} starts"), 15));
        DrawBar(svg, medians);
        DrawDots(svg, [.. starts.Select(start => start.OverheadMs)]);
        return svg.AppendLine("</svg>").ToString();
    }

    private static void DrawBar(StringBuilder svg, double[] medians)
    {
        var scale = (Width - Left - Right) / medians.Sum();
        var (x, legend) = ((double)Left, (double)Left);
        for (var stage = 0; stage < medians.Length; stage++)
        {
            var width = medians[stage] * scale;
            svg.AppendLine(Invariant($"<rect x=\"{x:0.#}\" y=\"{BarTop}\" width=\"{width:0.##}\" height=\"{BarHeight}\" fill=\"{Colors[stage]}\"/>"));
            svg.AppendLine(Invariant($"<rect x=\"{legend:0.#}\" y=\"{BarTop + BarHeight + 16}\" width=\"12\" height=\"12\" fill=\"{Colors[stage]}\"/>"));
            svg.AppendLine(Label(legend + 18, BarTop + BarHeight + 26, "start", Invariant($"{ColdStartTimes.StageNames[stage]} {medians[stage]:0.0} ms")));
            (x, legend) = (x + width, legend + ((Width - Left - Right) / (double)medians.Length));
        }

        svg.AppendLine(Label(Left, BarTop - 10, "start", "request sent"));
        svg.AppendLine(Label(Width - Right, BarTop - 10, "end", Invariant($"first byte after {medians.Sum():0} ms")));
    }

    private static void DrawDots(StringBuilder svg, double[] overheads)
    {
        var most = Math.Max(20, Math.Ceiling(overheads.Max() / 20) * 20);
        double X(int index) => Left + ((index + 0.5) / overheads.Length * (Width - Left - Right));
        double Y(double ms) => DotsBottom - (ms / most * (DotsBottom - DotsTop));
        svg.AppendLine(Label(Left, DotsTop - 14, "start", "Overhead of each start: from the pod's first accepted connection to the first byte at the client, ms", 13));
        for (var line = 0; line <= 4; line++)
        {
            var ms = most * line / 4;
            svg.AppendLine(Invariant($"<line x1=\"{Left}\" x2=\"{Width - Right}\" y1=\"{Y(ms):0.#}\" y2=\"{Y(ms):0.#}\" stroke=\"#dddddd\"/>"));
            svg.AppendLine(Label(Left - 8, Y(ms) + 4, "end", Invariant($"{ms:0.#}")));
        }

        for (var index = 0; index < overheads.Length; index++)
        {
            svg.AppendLine(Invariant($"<circle cx=\"{X(index):0.#}\" cy=\"{Y(overheads[index]):0.#}\" r=\"3.5\" fill=\"#e76f51\"/>"));
        }

        var median = Percentiles.Of(overheads, 50);
        svg.AppendLine(Invariant($"<line x1=\"{Left}\" x2=\"{Width - Right}\" y1=\"{Y(median):0.#}\" y2=\"{Y(median):0.#}\" stroke=\"#1d3557\" stroke-dasharray=\"5 4\"/>"));
        svg.AppendLine(Label(Left, DotsBottom + 34, "start", Invariant($"median {median:0.0} ms, 99th percentile {Percentiles.Of(overheads, 99):0.0} ms; in order of the starts")));
    }

    private static string Label(double x, double y, string anchor, string text, int size = 12) =>
        Invariant($"<text x=\"{x:0.#}\" y=\"{y:0.#}\" text-anchor=\"{anchor}\" fill=\"#333333\" font-size=\"{size}\">{text}</text>");
}
