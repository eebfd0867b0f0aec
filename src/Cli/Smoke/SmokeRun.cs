using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Globalization;
using k8s.Models;
using Knative.Xds.Core.Model;
using Knative.Xds.Core.Wire;
using Knative.Xds.Kube.Client;
using Knative.Xds.Sandbox.Composition;

namespace Knative.Xds.Cli.Smoke;

/// <summary>Drives the sample service through cold starts and a weighted split, and reports what happened.</summary>
internal sealed class SmokeRun(SandboxSystem system, TimeProvider time, TextWriter progress)
{
    private const int Cycles = 10;
    private const int SplitRequests = 1000;
    private const int SplitConcurrency = 10;
    private const string Namespace = "default";
    private const string WeightedHost = "hello.default.example.com";
    private const string ColdHost = "blue-hello.default.example.com";
    private const string ColdRevision = "hello-00001";
    private static readonly TimeSpan ZeroLimit = TimeSpan.FromMinutes(2);
    private static readonly TimeSpan ReadyLimit = TimeSpan.FromSeconds(60);

    /// <summary>Weights of the sample's KIngress.</summary>
    public static ImmutableSortedDictionary<string, double> Weights { get; } =
        ImmutableSortedDictionary<string, double>.Empty.Add("hello-00001", 0.9).Add("hello-00002", 0.1);

    /// <summary>Settings that keep a run short: the smallest stable window, and hardly any grace before zero.</summary>
    public static ImmutableSortedDictionary<string, string> ShortWindows { get; } = ImmutableSortedDictionary<string, string>.Empty
        .Add("allow-zero-initial-scale", "true").Add("stable-window", "6s").Add("scale-to-zero-grace-period", "1s");

    /// <summary>Runs to the end.</summary>
    /// <remarks>Errors: <see cref="SandboxException"/> when the sample service never becomes ready.</remarks>
    public async Task<SmokeResult> RunAsync(CancellationToken cancellationToken)
    {
        using var client = new HttpClient { BaseAddress = system.GatewayAddress, Timeout = TimeSpan.FromSeconds(100) };
        var failures = 0;
        var zeros = 0;
        var coldStarts = new List<double>();
        await WaitForReadyAsync(cancellationToken);
        for (var cycle = 1; cycle <= Cycles; cycle++)
        {
            var started = time.GetTimestamp();
            var revision = await AskAsync(client, ColdHost, cancellationToken);
            coldStarts.Add(time.GetElapsedTime(started).TotalMilliseconds);
            failures += revision == ColdRevision ? 0 : 1;
            var isZero = await WaitForZeroAsync(cancellationToken);
            zeros += isZero ? 1 : 0;
            await progress.WriteLineAsync(FormattableString.Invariant($"cycle {cycle}: first answer after {coldStarts[^1]:F0} ms, from {revision ?? "nobody"}; back to zero: {(isZero ? "yes" : "no")}"));
        }

        var answers = await AskForSplitAsync(client, cancellationToken);
        failures += answers.GetValueOrDefault("");
        await progress.WriteLineAsync($"{SplitRequests} requests: {string.Join(", ", answers.Select(answer => $"{(answer.Key.Length == 0 ? "failed" : answer.Key)} {answer.Value}"))}");
        coldStarts.Sort();
        return new SmokeResult
        {
            Gateway = system.GatewayName,
            Api = system.ApiIsEmbedded ? "embedded" : "kubernetes",
            Cycles = Cycles,
            ColdStartMsP50 = Math.Round((coldStarts[(Cycles - 1) / 2] + coldStarts[Cycles / 2]) / 2, 1),
            ColdStartMsMax = Math.Round(coldStarts[^1], 1),
            Requests = SplitRequests,
            Failed = failures,
            Split = answers.Where(answer => answer.Key.Length > 0).ToImmutableSortedDictionary(answer => answer.Key, answer => answer.Value / (double)SplitRequests),
            ScaledToZero = zeros,
        };
    }

    private async Task WaitForReadyAsync(CancellationToken cancellationToken)
    {
        var isReady = await WaitAsync(
            () => Task.FromResult(system.View.Current().Ingresses.Any(ingress => ingress is { Name: "hello", Ready: "True" })), ReadyLimit, cancellationToken);
        if (!isReady)
        {
            throw new SandboxException($"KIngress {Namespace}/hello did not become ready within {ReadyLimit.TotalSeconds.ToString(CultureInfo.InvariantCulture)} s: see {system.LogFile}");
        }

        await WaitForZeroAsync(cancellationToken);
    }

    private Task<bool> WaitForZeroAsync(CancellationToken cancellationToken) => WaitAsync(() => IsAtZeroAsync(cancellationToken), ZeroLimit, cancellationToken);

    private async Task<bool> IsAtZeroAsync(CancellationToken cancellationToken)
    {
        var deployment = await system.Client.FindAsync<V1Deployment>(new ObjectKey(Namespace, ColdRevision + "-deployment"), cancellationToken);
        if (deployment?.Spec.Replicas != 0)
        {
            return false;
        }

        var pods = await system.Client.ListAsync<V1Pod>(new ObjectQuery(Namespace, $"{Labels.Revision}={ColdRevision}"), null, cancellationToken);
        return pods.Items.Count == 0;
    }

    private async Task<bool> WaitAsync(Func<Task<bool>> condition, TimeSpan limit, CancellationToken cancellationToken)
    {
        var started = time.GetTimestamp();
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(100), time);
        while (!await condition())
        {
            if (time.GetElapsedTime(started) > limit)
            {
                return false;
            }

            await timer.WaitForNextTickAsync(cancellationToken);
        }

        return true;
    }

    private async Task<SortedDictionary<string, int>> AskForSplitAsync(HttpClient client, CancellationToken cancellationToken)
    {
        var answers = new ConcurrentDictionary<string, int>();
        var options = new ParallelOptions { MaxDegreeOfParallelism = SplitConcurrency, CancellationToken = cancellationToken };
        await Parallel.ForEachAsync(Enumerable.Range(0, SplitRequests), options, async (_, token) =>
            answers.AddOrUpdate(await AskAsync(client, WeightedHost, token) ?? "", 1, (_, count) => count + 1));
        return new SortedDictionary<string, int>(answers, StringComparer.Ordinal);
    }

    // The sample answers "Hello <target> from <revision> (<pod>)". Null means that the request failed.
    private async Task<string?> AskAsync(HttpClient client, string host, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/") { Headers = { Host = host } };
        try
        {
            using var response = await client.SendAsync(request, cancellationToken);
            var body = await response.Content.ReadAsStringAsync(cancellationToken);
            if (response.IsSuccessStatusCode && body.Split(' ') is { Length: >= 4 } words)
            {
                return words[3];
            }

            await progress.WriteLineAsync($"{host}: {(int)response.StatusCode} {body}");
            return null;
        }
        catch (Exception error) when (error is HttpRequestException or TaskCanceledException && !cancellationToken.IsCancellationRequested)
        {
            await progress.WriteLineAsync($"{host}: {error.Message}");
            return null;
        }
    }
}
