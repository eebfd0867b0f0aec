using System.Collections.Concurrent;
using System.Net.Http.Headers;
using Knative.Xds.Autoscaler.Caching;
using Knative.Xds.Core.Model;
using Knative.Xds.Core.Scaling;
using Knative.Xds.Core.Stats;
using Knative.Xds.Core.Wire;

namespace Knative.Xds.Autoscaler.Collecting;

/// <summary>Asks a sample of a revision's pods for their stats.</summary>
/// <remarks>Threading: safe. Source: knative/serving pkg/autoscaler/metrics/{stats_scraper,http_scrape_client}.go; pods are always asked directly.</remarks>
internal sealed class PodScraper : IDisposable
{
    /// <value>Limit of one request.</value>
    public static readonly TimeSpan Timeout = TimeSpan.FromSeconds(3);

    private static readonly ScrapeProblem Exhausted = new(ScrapeProblem.DidNotReceiveStat, "pods exhausted");

    private readonly ClusterCaches _caches;
    private readonly TimeProvider _time;
    private readonly HttpMessageInvoker _http;

    public PodScraper(ClusterCaches caches, TimeProvider time)
    {
        _caches = caches;
        _time = time;
        _http = new HttpMessageInvoker(new SocketsHttpHandler
        {
            UseProxy = false,
            UseCookies = false,
            AllowAutoRedirect = false,
            ConnectTimeout = Timeout,
            PooledConnectionIdleTimeout = TimeSpan.FromSeconds(90),
        });
    }

    /// <summary>Scrapes a revision. Neither stat nor problem means that it has no pods.</summary>
    public async Task<(Stat? Stat, ScrapeProblem? Problem)> ScrapeAsync(ObjectKey revision, TimeSpan stableWindow, CancellationToken cancellationToken)
    {
        var (old, young) = RevisionPods.SplitByAge(_caches.PodsOf(revision), stableWindow, _time.GetUtcNow());
        var population = old.Count + young.Count;
        if (population == 0)
        {
            return (null, null);
        }

        var size = Sampling.SampleSize(population);
        var pods = new ConcurrentQueue<string>(Order(old, young, size));
        using var giveUp = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var samples = await Task.WhenAll(Enumerable.Range(0, size).Select(_ => WorkAsync(pods, giveUp)));
        return samples.All(sample => sample is not null)
            ? (Sampling.Average([.. samples.Select(sample => sample!.Value)], population), null)
            : (null, Exhausted);
    }

    public void Dispose() => _http.Dispose();

    /// <summary>Old pods first: their windows are full. Those of the group that is not taken whole are drawn by lot.</summary>
    internal static IEnumerable<string> Order(List<string> old, List<string> young, int size)
    {
        var drawn = (old.Count >= size ? old : young).ToArray();
        Random.Shared.Shuffle(drawn);
        return old.Count >= size ? [.. drawn, .. young] : [.. old, .. drawn];
    }

    private async Task<Stat?> WorkAsync(ConcurrentQueue<string> pods, CancellationTokenSource giveUp)
    {
        while (pods.TryDequeue(out var pod))
        {
            if (await AskAsync(pod, giveUp.Token) is { } stat)
            {
                return stat;
            }
        }

        // One worker without a pod fails the sample: the others need not go on.
        await giveUp.CancelAsync();
        return null;
    }

    private async Task<Stat?> AskAsync(string pod, CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(Timeout, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, limit.Token);
        try
        {
            var host = pod.Contains(':', StringComparison.Ordinal) ? $"[{pod}]" : pod;
            using var request = new HttpRequestMessage(HttpMethod.Get, $"http://{host}:{Ports.AutoscalingMetrics}/metrics");
            request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue(StatCodec.ContentType));
            using var response = await _http.SendAsync(request, either.Token);
            return await ReadAsync(response, either.Token);
        }
        catch (Exception exception) when (exception is HttpRequestException or IOException or OperationCanceledException or UriFormatException)
        {
            return null;
        }
    }

    private static async Task<Stat?> ReadAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        var type = response.Content.Headers.NonValidated.TryGetValues("Content-Type", out var types) ? types.FirstOrDefault() : null;
        if (!response.IsSuccessStatusCode || type != StatCodec.ContentType)
        {
            return null;
        }

        var body = new byte[StatCodec.MaxScrapeBytes];
        await using var stream = await response.Content.ReadAsStreamAsync(cancellationToken);
        var length = await stream.ReadAtLeastAsync(body, body.Length, throwOnEndOfStream: false, cancellationToken);
        return StatCodec.Decode(body.AsSpan(0, length), out var stat) == StatDecodeError.None && StatIntake.IsUsable(stat) ? stat : null;
    }
}
