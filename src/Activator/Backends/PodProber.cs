using System.Net;
using System.Text;
using Knative.Xds.Activation.Forwarding;
using Knative.Xds.Activation.Forwarding.Plain;
using Knative.Xds.Core.Wire;

namespace Knative.Xds.Activation.Backends;

/// <summary>Probes over the connections that requests use, so that the first request finds one open.</summary>
/// <remarks>Source: knative/serving pkg/activator/net/revision_backends.go, probe.</remarks>
internal sealed class PodProber(BackendTransport transport, PlainTransport plain, ActivatorOptions options, TimeProvider time) : IPodProber
{
    private static readonly byte[] Expected = Encoding.ASCII.GetBytes(ProbeValues.Queue);

    public async Task<ProbeOutcome> ProbeAsync(ProbeTarget target, CancellationToken cancellationToken)
    {
        using var timeout = new CancellationTokenSource(options.ProbeTimeout, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, timeout.Token);
        try
        {
            var (status, saysQueue) = target.Http2 ? await AskHttp2Async(target, either.Token) : await PlainProbe.AskAsync(plain, target, either.Token);
            return status switch
            {
                HttpStatusCode.OK when saysQueue => ProbeOutcome.Ready,
                HttpStatusCode.BadGateway or HttpStatusCode.ServiceUnavailable => ProbeOutcome.MaybeMesh,
                _ => ProbeOutcome.NotReady,
            };
        }
        catch (Exception exception) when (exception is HttpRequestException or IOException || (exception is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            return ProbeOutcome.Unreachable;
        }
    }

    private async Task<(HttpStatusCode Status, bool SaysQueue)> AskHttp2Async(ProbeTarget target, CancellationToken cancellationToken)
    {
        using var request = Request(target);
        using var response = await transport.Invoker.SendAsync(request, cancellationToken);
        return (response.StatusCode, response.StatusCode == HttpStatusCode.OK && await SaysQueueAsync(response, cancellationToken));
    }

    private static HttpRequestMessage Request(ProbeTarget target)
    {
        var request = new HttpRequestMessage(HttpMethod.Get, $"http://{target.Address}{ProbeValues.HealthPath}")
        {
            Version = HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
        };
        request.Headers.TryAddWithoutValidation(HeaderNames.NetworkProbe, ProbeValues.Queue);
        request.Headers.TryAddWithoutValidation("User-Agent", ProbeValues.ActivatorUserAgent);
        if (target.PassthroughHost is { } host)
        {
            request.Headers.Host = host;
            request.Headers.TryAddWithoutValidation(HeaderNames.PassthroughLoadBalancer, "true");
        }

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
