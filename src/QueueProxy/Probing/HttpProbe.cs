using System.Net;

namespace Knative.Xds.QueueProxy.Probing;

/// <summary>One GET; any status from 200 to 399 is ready.</summary>
/// <remarks>Each attempt has the whole of <paramref name="limit"/>: a container that knows no HTTP/2 may say nothing to it until the time is over.</remarks>
internal sealed class HttpProbe(HttpMessageInvoker client, UserProbe probe, TimeSpan limit, TimeProvider timeProvider)
{
    // The kubelet's user agent with its version left empty, as upstream's queue-proxy sends it.
    private const string UserAgent = "kube-probe//";

    public async Task<bool> TryAsync(bool http2AutoDetection)
    {
        if (!http2AutoDetection)
            return await GetAsync(HttpVersion.Version11, probe.Headers);
        return await SpeaksHttp2Async() ? await GetAsync(HttpVersion.Version20, probe.Headers) : await GetAsync(HttpVersion.Version11, []);
    }

    internal static string Authority(UserProbe probe) =>
        probe.Host.Contains(':', StringComparison.Ordinal) ? $"[{probe.Host}]:{probe.Port}" : $"{probe.Host}:{probe.Port}";

    private async Task<bool> SpeaksHttp2Async()
    {
        try
        {
            return await GetAsync(HttpVersion.Version20, []);
        }
        catch (Exception exception) when (exception is HttpRequestException or IOException or OperationCanceledException)
        {
            return false;
        }
    }

    private async Task<bool> GetAsync(Version version, IReadOnlyList<KeyValuePair<string, string>> headers)
    {
        using var deadline = new CancellationTokenSource(limit, timeProvider);
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri($"{probe.Scheme}://{Authority(probe)}{probe.Path}"));
        request.Version = version;
        request.VersionPolicy = HttpVersionPolicy.RequestVersionExact;
        request.Headers.ConnectionClose = version.Major == 1 ? true : null;
        request.Headers.TryAddWithoutValidation("User-Agent", UserAgent);
        foreach (var (name, value) in headers)
        {
            if (name.Equals("Host", StringComparison.OrdinalIgnoreCase))
                request.Headers.Host = value;
            else
                request.Headers.TryAddWithoutValidation(name, value);
        }

        using var response = await client.SendAsync(request, deadline.Token);
        return (int)response.StatusCode is >= 200 and < 400;
    }
}
