using System.Collections.Frozen;
using System.Globalization;
using System.Net;
using System.Text;

namespace Knative.Xds.QueueProxy.Probing;

/// <summary>One GET; any status from 200 to 399 is ready.</summary>
/// <remarks>Errors: <see cref="FormatException"/> for a host or a header that cannot be. Each attempt has the whole of <paramref name="limit"/>: a container that knows no HTTP/2 may say nothing to it until the time is over.</remarks>
internal sealed class HttpProbe(HttpMessageInvoker client, UserProbe probe, TimeSpan limit, TimeProvider timeProvider)
{
    // The kubelet's user agent with its version left empty, as upstream's queue-proxy sends it.
    private const string UserAgent = "kube-probe//";
    // Beside letters and digits, in a path.
    private const string Unescaped = "-_.~$&+,/:;=@";
    private static readonly UriCreationOptions Verbatim = new() { DangerousDisablePathAndQueryCanonicalization = true };

    // Go's client settles these itself, whatever the probe says; of several user agents it sends the first, which is ours.
    private static readonly FrozenSet<string> NotSent = new[] { "Host", "User-Agent", "Content-Length", "Transfer-Encoding", "Trailer" }.ToFrozenSet(StringComparer.OrdinalIgnoreCase);

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
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri($"{probe.Scheme}://{Authority(probe)}{EscapedPath(probe.Path)}", Verbatim));
        request.Version = version;
        request.VersionPolicy = HttpVersionPolicy.RequestVersionExact;
        request.Headers.ConnectionClose = version.Major == 1 ? true : null;
        request.Headers.TryAddWithoutValidation("User-Agent", UserAgent);
        foreach (var (name, value) in headers)
            Add(request, name, value);
        using var response = await client.SendAsync(request, deadline.Token);
        return (int)response.StatusCode is >= 200 and < 400;
    }

    private static void Add(HttpRequestMessage request, string name, string value)
    {
        if (NotSent.Contains(name) || request.Headers.TryAddWithoutValidation(name, value))
            return;
        // Those that are about a content have to be given to one.
        request.Content ??= new ByteArrayContent([]);
        if (!request.Content.Headers.TryAddWithoutValidation(name, value))
            throw new FormatException($"\"{name}\" cannot be the name of a header");
    }

    // The whole of it is the path, as upstream's is made from its parts: no query, no fragment, and what is escaped is escaped again.
    private static string EscapedPath(string path)
    {
        var escaped = new StringBuilder(path.Length);
        foreach (var letter in Encoding.UTF8.GetBytes(path))
        {
            if (char.IsAsciiLetterOrDigit((char)letter) || Unescaped.Contains((char)letter, StringComparison.Ordinal))
                escaped.Append((char)letter);
            else
                escaped.Append(CultureInfo.InvariantCulture, $"%{letter:X2}");
        }

        return escaped.ToString();
    }
}
