using System.Net;
using System.Net.Http.Headers;
using Knative.Xds.Core.Stats;

namespace Knative.Xds.Autoscaler.Collecting;

/// <summary>Asks queue-proxies for their stats. Whatever one answers costs no more than three seconds and a few hundred bytes.</summary>
/// <remarks>Threading: safe. Source: knative/serving pkg/autoscaler/metrics/http_scrape_client.go.</remarks>
internal sealed class StatClient : IDisposable
{
    /// <value>Limit of one request.</value>
    public static readonly TimeSpan Timeout = TimeSpan.FromSeconds(3);

    private const int MaxHeaderKilobytes = 8;
    private const string PassthroughHeader = "Knative-Direct-Lb";
    private static readonly MediaTypeWithQualityHeaderValue StatType = new(StatCodec.ContentType);

    private readonly TimeProvider _time;
    private readonly HttpMessageInvoker _pods;
    private readonly HttpMessageInvoker _services;

    public StatClient(TimeProvider time) : this(time, Handler(keepAlive: true), Handler(keepAlive: false))
    {
    }

    internal StatClient(TimeProvider time, HttpMessageHandler pods, HttpMessageHandler services) =>
        (_time, _pods, _services) = (time, new HttpMessageInvoker(pods), new HttpMessageInvoker(services));

    /// <summary>Asks a pod; with a <paramref name="passthroughHost"/>, through a mesh that finds it by that.</summary>
    public Task<StatAnswer> AskPodAsync(Uri address, string? passthroughHost, CancellationToken cancellationToken) =>
        AskAsync(_pods, address, passthroughHost, cancellationToken);

    /// <summary>Asks a Service, each time over a new connection: another pod shall answer.</summary>
    public Task<StatAnswer> AskServiceAsync(Uri address, CancellationToken cancellationToken) => AskAsync(_services, address, null, cancellationToken);

    public void Dispose()
    {
        _pods.Dispose();
        _services.Dispose();
    }

    private static SocketsHttpHandler Handler(bool keepAlive) => new()
    {
        UseProxy = false,
        UseCookies = false,
        AllowAutoRedirect = false,
        ConnectTimeout = Timeout,
        MaxResponseHeadersLength = MaxHeaderKilobytes,
        // What is not read of an answer that is too long is not drained either: its connection ends.
        MaxResponseDrainSize = 0,
        PooledConnectionLifetime = keepAlive ? System.Threading.Timeout.InfiniteTimeSpan : TimeSpan.Zero,
        PooledConnectionIdleTimeout = TimeSpan.FromSeconds(90),
        ActivityHeadersPropagator = null,
    };

    private async Task<StatAnswer> AskAsync(HttpMessageInvoker http, Uri address, string? passthroughHost, CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(Timeout, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, limit.Token);
        try
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, address);
            request.Headers.Accept.Add(StatType);
            if (passthroughHost is not null)
            {
                request.Headers.TryAddWithoutValidation("Host", passthroughHost);
                request.Headers.TryAddWithoutValidation(PassthroughHeader, "true");
            }

            using var response = await http.SendAsync(request, either.Token);
            return await ReadAsync(response, either.Token);
        }
        catch (Exception exception) when (exception is HttpRequestException or IOException or OperationCanceledException)
        {
            return new StatAnswer(default, ScrapeFailure.Transport);
        }
    }

    private static async Task<StatAnswer> ReadAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        if (!response.IsSuccessStatusCode)
        {
            var maybeMesh = response.StatusCode is HttpStatusCode.BadGateway or HttpStatusCode.ServiceUnavailable;
            return new StatAnswer(default, maybeMesh ? ScrapeFailure.MaybeMesh : ScrapeFailure.Status);
        }

        var type = response.Content.Headers.NonValidated.TryGetValues("Content-Type", out var types) ? types.FirstOrDefault() : null;
        if (type != StatCodec.ContentType)
        {
            return new StatAnswer(default, ScrapeFailure.UnsupportedContentType);
        }

        var body = new byte[StatCodec.MaxScrapeBytes];
        await using var stream = await response.Content.ReadAsStreamAsync(cancellationToken);
        var length = await stream.ReadAtLeastAsync(body, body.Length, throwOnEndOfStream: false, cancellationToken);
        return StatCodec.Decode(body.AsSpan(0, length), out var stat) == StatDecodeError.None
            ? new StatAnswer(stat, ScrapeFailure.None)
            : new StatAnswer(default, ScrapeFailure.Unmarshal);
    }
}
