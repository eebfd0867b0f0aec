using System.Net;
using System.Text;
using Knative.Xds.Activation.Forwarding;
using Knative.Xds.Core.Wire;

namespace Knative.Xds.Activation.Backends;

/// <summary>Probes over the connections that requests use, so that the first request finds one open.</summary>
/// <remarks>Source: knative/serving pkg/activator/net/revision_backends.go, probe.</remarks>
internal sealed class PodProber(BackendTransport transport, ActivatorOptions options, TimeProvider time) : IPodProber
{
    private static readonly byte[] Expected = Encoding.ASCII.GetBytes(ProbeValues.Queue);

    public async Task<ProbeOutcome> ProbeAsync(string address, bool http2, CancellationToken cancellationToken)
    {
        using var timeout = new CancellationTokenSource(options.ProbeTimeout, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, timeout.Token);
        try
        {
            using var request = Request(address, http2);
            using var response = await transport.Invoker.SendAsync(request, either.Token);
            var passed = response.StatusCode == HttpStatusCode.OK && await SaysQueueAsync(response, either.Token);
            return passed ? ProbeOutcome.Ready : ProbeOutcome.NotReady;
        }
        catch (Exception exception) when (exception is HttpRequestException or IOException || (exception is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            return ProbeOutcome.Unreachable;
        }
    }

    private static HttpRequestMessage Request(string address, bool http2)
    {
        var request = new HttpRequestMessage(HttpMethod.Get, $"http://{address}{ProbeValues.HealthPath}")
        {
            Version = http2 ? HttpVersion.Version20 : HttpVersion.Version11,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
        };
        request.Headers.TryAddWithoutValidation(HeaderNames.NetworkProbe, ProbeValues.Queue);
        request.Headers.TryAddWithoutValidation("User-Agent", ProbeValues.ActivatorUserAgent);
        return request;
    }

    private static async Task<bool> SaysQueueAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        var buffer = new byte[Expected.Length + 1];
        await using var body = await response.Content.ReadAsStreamAsync(cancellationToken);
        var length = await body.ReadAtLeastAsync(buffer, buffer.Length, throwOnEndOfStream: false, cancellationToken);
        return buffer.AsSpan(0, length).SequenceEqual(Expected);
    }
}
