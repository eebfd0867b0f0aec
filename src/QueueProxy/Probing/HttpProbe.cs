using System.Net;

namespace Knative.Xds.QueueProxy.Probing;

/// <summary>One GET; any status from 200 to 399 is ready.</summary>
internal static class HttpProbe
{
    // The kubelet's user agent with its version left empty, as upstream's queue-proxy sends it.
    private const string UserAgent = "kube-probe//";

    public static async Task<bool> TryAsync(HttpMessageInvoker client, UserProbe probe, bool http2AutoDetection, CancellationToken cancellationToken)
    {
        if (!http2AutoDetection)
            return await GetAsync(client, probe, HttpVersion.Version11, probe.Headers, cancellationToken);
        return await SpeaksHttp2Async(client, probe, cancellationToken)
            ? await GetAsync(client, probe, HttpVersion.Version20, probe.Headers, cancellationToken)
            : await GetAsync(client, probe, HttpVersion.Version11, [], cancellationToken);
    }

    private static async Task<bool> SpeaksHttp2Async(HttpMessageInvoker client, UserProbe probe, CancellationToken cancellationToken)
    {
        try
        {
            return await GetAsync(client, probe, HttpVersion.Version20, [], cancellationToken);
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }

    private static async Task<bool> GetAsync(
        HttpMessageInvoker client, UserProbe probe, Version version, IReadOnlyList<KeyValuePair<string, string>> headers, CancellationToken cancellationToken)
    {
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

        using var response = await client.SendAsync(request, cancellationToken);
        return (int)response.StatusCode is >= 200 and < 400;
    }

    internal static string Authority(UserProbe probe) =>
        probe.Host.Contains(':', StringComparison.Ordinal) ? $"[{probe.Host}]:{probe.Port}" : $"{probe.Host}:{probe.Port}";
}
