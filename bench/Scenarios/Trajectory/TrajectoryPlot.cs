using System.Text;
using static System.FormattableString;

namespace Knative.Xds.Scenarios.Trajectory;

/// <summary>An SVG of the load step: the load on the right axis, pods on the left.</summary>
internal static class TrajectoryPlot
{
    private const int Width = 860, Height = 420, Left = 60, Right = 70, Top = 60, Bottom = 50;
    private const int PodsStep = 5, LoadStep = 50, SecondsStep = 10;

    public static string Draw(IReadOnlyList<TrajectoryRow> rows)
    {
        var seconds = rows[^1].Second;
        var mostPods = RoundUp(rows.Max(row => Math.Max(Math.Max(row.Upstream, row.Ours), row.Ready)) + 1, PodsStep);
        var mostLoad = RoundUp((int)rows.Max(row => row.Load) + 1, LoadStep);
        double X(double second) => Left + (second / seconds * (Width - Left - Right));
        double Y(double value, double most) => Height - Bottom - (value / most * (Height - Top - Bottom));
        string Steps(Func<TrajectoryRow, double> value, double most) => string.Join(
            ' ', rows.SelectMany((row, index) => index == 0
                ? new[] { Invariant($"{X(row.Second):0.#},{Y(value(row), most):0.#}") }
                : [Invariant($"{X(row.Second):0.#},{Y(value(rows[index - 1]), most):0.#}"), Invariant($"{X(row.Second):0.#},{Y(value(row), most):0.#}")]));

        var svg = new StringBuilder();
        svg.AppendLine(Invariant($"<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {Width} {Height}\" width=\"{Width}\" height=\"{Height}\" font-family=\"sans-serif\" font-size=\"12\">"));
        svg.AppendLine(Invariant($"<rect width=\"{Width}\" height=\"{Height}\" fill=\"#ffffff\"/>"));
        svg.AppendLine(Invariant($"<polygon points=\"{X(0):0.#},{Y(0, 1):0.#} {Steps(row => row.Load, mostLoad)} {X(seconds):0.#},{Y(0, 1):0.#}\" fill=\"#f0f0f0\"/>"));
        for (var pods = 0; pods <= mostPods; pods += PodsStep)
        {
            svg.AppendLine(Invariant($"<line x1=\"{Left}\" x2=\"{Width - Right}\" y1=\"{Y(pods, mostPods):0.#}\" y2=\"{Y(pods, mostPods):0.#}\" stroke=\"#dddddd\"/>"));
            svg.AppendLine(Label(Left - 8, Y(pods, mostPods) + 4, "end", Invariant($"{pods}"), "#333333"));
        }

        for (var load = 0; load <= mostLoad; load += LoadStep)
        {
            svg.AppendLine(Label(Width - Right + 8, Y(load, mostLoad) + 4, "start", Invariant($"{load}"), "#999999"));
        }

        for (var second = 0; second <= seconds; second += SecondsStep)
        {
            svg.AppendLine(Label(X(second), Height - Bottom + 18, "middle", Invariant($"{second}"), "#333333"));
        }

        svg.AppendLine(Line(Steps(row => row.Upstream, mostPods), "#f4a261", 7, ""));
        svg.AppendLine(Line(Steps(row => row.Ours, mostPods), "#1d3557", 2, ""));
        svg.AppendLine(Line(Steps(row => row.Ready, mostPods), "#2a9d8f", 1.5, "5 4"));
        svg.AppendLine(Label(Left, 24, "start", "Load step on a revision at zero: 200 concurrent requests, target 10 (70 % used)", "#000000", 15));
        Legend(svg, Left, "#f4a261", 7, "", "upstream, simulated");
        Legend(svg, Left + 180, "#1d3557", 2, "", "ours, driven end to end");
        Legend(svg, Left + 380, "#2a9d8f", 1.5, "5 4", "ready pods");
        Legend(svg, Left + 510, "#e0e0e0", 9, "", "concurrent requests");
        svg.AppendLine(Label(X(seconds / 2.0), Height - 12, "middle", "seconds", "#333333"));
        svg.AppendLine(Invariant($"<text x=\"18\" y=\"{(Height + Top - Bottom) / 2}\" text-anchor=\"middle\" fill=\"#333333\" transform=\"rotate(-90 18 {(Height + Top - Bottom) / 2})\">pods</text>"));
        svg.AppendLine(Invariant($"<text x=\"{Width - 14}\" y=\"{(Height + Top - Bottom) / 2}\" text-anchor=\"middle\" fill=\"#999999\" transform=\"rotate(90 {Width - 14} {(Height + Top - Bottom) / 2})\">concurrent requests</text>"));
        return svg.AppendLine("</svg>").ToString();
    }

    private static void Legend(StringBuilder svg, double x, string color, double width, string dashes, string text)
    {
        svg.AppendLine(Line(Invariant($"{x:0.#},42 {x + 26:0.#},42"), color, width, dashes));
        svg.AppendLine(Label(x + 34, 46, "start", text, "#333333"));
    }

    private static string Line(string points, string color, double width, string dashes) =>
        Invariant($"<polyline points=\"{points}\" fill=\"none\" stroke=\"{color}\" stroke-width=\"{width:0.#}\" stroke-linejoin=\"round\"{(dashes.Length > 0 ? Invariant($" stroke-dasharray=\"{dashes}\"") : "")}/>");

    private static string Label(double x, double y, string anchor, string text, string color, int size = 12) =>
        Invariant($"<text x=\"{x:0.#}\" y=\"{y:0.#}\" text-anchor=\"{anchor}\" fill=\"{color}\" font-size=\"{size}\">{text}</text>");

    private static int RoundUp(int value, int step) => (value + step - 1) / step * step;
}
