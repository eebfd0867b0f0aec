using System.Net;
using Knative.Xds.Activation.Handlers;
using Knative.Xds.Core.Model;
using Yarp.ReverseProxy.Forwarder;

namespace Knative.Xds.Activation.Forwarding;

/// <summary>Sends a request to a pod and its response back, streaming both ways.</summary>
internal sealed class RequestForwarder(IHttpForwarder forwarder, BackendTransport transport, ILogger<RequestForwarder> logger)
{
    // The time limits of a request are the timeout handler's business; this only must never be the shorter one.
    private static readonly TimeSpan NoActivityLimit = TimeSpan.FromDays(7);
    private static readonly ForwarderRequestConfig Http1 = Config(HttpVersion.Version11);
    private static readonly ForwarderRequestConfig Http2 = Config(HttpVersion.Version20);

    /// <summary>Null when the response was sent, or begun, or nobody wants it any more.</summary>
    public async Task<ForwardFailure?> ForwardAsync(HttpContext context, ObjectKey revision, string address, CancellationToken cancellationToken)
    {
        var config = HttpProtocol.IsHttp2(context.Request.Protocol) ? Http2 : Http1;
        var error = await forwarder.SendAsync(context, $"http://{address}", transport.Invoker, config, new ActivatorTransformer(address), cancellationToken);
        if (error == ForwarderError.None)
        {
            return null;
        }

        var cause = context.Features.Get<IForwarderErrorFeature>()?.Exception;
        ActivatorLog.ForwardingFailed(logger, revision, address, cause?.Message ?? error.ToString());
        cancellationToken.ThrowIfCancellationRequested();
        return context.Response.HasStarted ? null : new ForwardFailure(cause?.Message ?? "request error", WasNotSent(error, cause));
    }

    /// <summary>Tells the client about a failure.</summary>
    public static async Task AnswerAsync(HttpContext context, ForwardFailure failure, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        context.Response.Clear();
        await Answer.ErrorAsync(context, StatusCodes.Status502BadGateway, failure.Reason);
    }

    private static bool WasNotSent(ForwarderError error, Exception? cause) =>
        error == ForwarderError.Request && cause is HttpRequestException { HttpRequestError: HttpRequestError.ConnectionError or HttpRequestError.NameResolutionError };

    private static ForwarderRequestConfig Config(Version version) => new()
    {
        ActivityTimeout = NoActivityLimit,
        Version = version,
        VersionPolicy = HttpVersionPolicy.RequestVersionExact,
        AllowResponseBuffering = false,
    };
}
