using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;
using Knative.Xds.Scenarios.Rig;

namespace Knative.Xds.Scenarios.Proxying;

/// <summary>Runs a native load generator: wrk for HTTP/1.1, h2load for h2c.</summary>
/// <remarks>Errors: <see cref="InvalidOperationException"/> when it is missing or when a request failed.</remarks>
internal sealed partial class NativeLoad(ProxyProtocol protocol, int streams)
{
    private const string Script = "done = function(s, l, r) io.write(string.format('KXDS %d %d %d %d %d %d\\n', s.requests, s.duration, l:percentile(50), l:percentile(99), l:percentile(99.9), s.errors.status + s.errors.connect + s.errors.read + s.errors.write)) end";

    public ProxyProtocol Protocol => protocol;

    public Task<LoadResult> RunAsync(int port, int connections, int seconds, CancellationToken cancellationToken) =>
        protocol == ProxyProtocol.Http1 ? WrkAsync(port, connections, seconds, cancellationToken) : H2loadAsync(port, connections, seconds, cancellationToken);

    private static async Task<LoadResult> WrkAsync(int port, int connections, int seconds, CancellationToken cancellationToken)
    {
        var script = Path.Combine(Path.GetTempPath(), $"kxds-wrk-{Environment.ProcessId}.lua");
        await File.WriteAllTextAsync(script, Script, cancellationToken);
        var output = await OutputAsync("wrk", ["-t", "1", "-c", Text(connections), "-d", $"{seconds}s", "-s", script, .. RevisionHeaders.Arguments, $"http://127.0.0.1:{port}/"], cancellationToken);
        var match = WrkLine().Match(output);
        if (!match.Success || match.Groups[6].Value != "0")
        {
            throw new InvalidOperationException($"wrk: {output}");
        }

        var (requests, micros) = (Number(match, 1), Number(match, 2));
        return new LoadResult(requests, requests / micros * 1_000_000, Number(match, 3) / 1000, Number(match, 4) / 1000, Number(match, 5) / 1000);
    }

    private async Task<LoadResult> H2loadAsync(int port, int connections, int seconds, CancellationToken cancellationToken)
    {
        // It adds to a log that is there.
        var log = Path.Combine(Path.GetTempPath(), $"kxds-h2load-{Environment.ProcessId}.log");
        File.Delete(log);
        var output = await OutputAsync("h2load", ["-t", "1", "-c", Text(connections), "-m", Text(streams), "-D", Text(seconds), $"--log-file={log}", .. RevisionHeaders.Arguments, $"http://127.0.0.1:{port}/"], cancellationToken);
        var (rate, counts) = (H2loadRate().Match(output), H2loadCounts().Match(output));
        if (!rate.Success || counts.Groups[2].Value != "0")
        {
            throw new InvalidOperationException($"h2load: {output}");
        }

        var times = (await File.ReadAllLinesAsync(log, cancellationToken)).Select(line => double.Parse(line.Split('\t')[2], CultureInfo.InvariantCulture) / 1000).ToArray();
        File.Delete(log);
        return new LoadResult(Number(counts, 1), Number(rate, 1), Percentiles.Of(times, 50), Percentiles.Of(times, 99), Percentiles.Of(times, 99.9));
    }

    private static async Task<string> OutputAsync(string program, IEnumerable<string> arguments, CancellationToken cancellationToken)
    {
        var path = Tools.Find(program) ?? throw new InvalidOperationException($"{program} is not on this machine (Debian: {(program == "wrk" ? "wrk" : "nghttp2-client")})");
        using var process = Process.Start(new ProcessStartInfo(path, arguments) { RedirectStandardOutput = true })!;
        var output = await process.StandardOutput.ReadToEndAsync(cancellationToken);
        await process.WaitForExitAsync(cancellationToken);
        return output;
    }

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);

    private static double Number(Match match, int group) => double.Parse(match.Groups[group].Value, CultureInfo.InvariantCulture);

    [GeneratedRegex(@"KXDS (\d+) (\d+) (\d+) (\d+) (\d+) (\d+)")]
    private static partial Regex WrkLine();

    [GeneratedRegex(@"finished in [^,]+, ([0-9.]+) req/s")]
    private static partial Regex H2loadRate();

    [GeneratedRegex(@"(\d+) succeeded, (\d+) failed")]
    private static partial Regex H2loadCounts();
}
