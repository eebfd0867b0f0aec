using System.Net;
using System.Net.Sockets;
using System.Security.Authentication;
using Knative.Xds.Activation.Configuration;
using Knative.Xds.Activation.Forwarding.Bare;
using Knative.Xds.Activation.Forwarding.Plain;
using Knative.Xds.Activation.Handlers;
using Knative.Xds.Activation.Revisions;
using Knative.Xds.Activation.Throttling;
using Knative.Xds.Duplex;
using Knative.Xds.Exchanges;
using Yarp.ReverseProxy.Forwarder;

namespace Knative.Xds.Activation.Forwarding;

/// <summary>Sends a request to a pod and its response back, streaming both ways.</summary>
internal sealed class RequestForwarder(IHttpForwarder forwarder, BackendTransport transport, PlainForwarder plain, BareForwarder bare, LiveSettings settings, ILogger<RequestForwarder> logger)
{
    // The time limits of a request are the timeout handler's business; this only must never be the shorter one.
    private static readonly TimeSpan NoActivityLimit = TimeSpan.FromDays(7);
    private static readonly ForwarderRequestConfig Http1 = Config(HttpVersion.Version11);
    private static readonly ForwarderRequestConfig Http2 = Config(HttpVersion.Version20);

    /// <summary>Null when the response was sent, or begun, or nobody wants it any more.</summary>
    public Task<ForwardFailure?> ForwardAsync(HttpContext context, Revision revision, PodLease lease, CancellationToken cancellationToken)
    {
        var isTls = settings.Network.SystemInternalTls;
        var passthroughHost = settings.Passthrough ? revision.PassthroughHost : null;
        if (!isTls && RequestHead.IsPlain(context))
        {
            return plain.ForwardAsync(context, revision, lease.Address, passthroughHost, cancellationToken);
        }

        var address = isTls ? BackendTransport.TlsAddress(lease) : lease.Address;
        return PodRequest.TryMake(context, new BareTarget(address, passthroughHost, isTls ? revision.Key.Namespace : null)) is { } request
            ? bare.ForwardAsync(context, revision, address, request, cancellationToken)
            : ForwardAsync(context, revision, address, isTls, passthroughHost, cancellationToken);
    }

    /// <summary>Tells the client about a failure.</summary>
    public static async Task AnswerAsync(HttpContext context, ForwardFailure failure, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        context.Response.Clear();
        await Answer.ErrorAsync(context, StatusCodes.Status502BadGateway, failure.Reason);
    }

    private async Task<ForwardFailure?> ForwardAsync(HttpContext context, Revision revision, string address, bool isTls, string? passthroughHost, CancellationToken cancellationToken)
    {
        var config = HttpProtocol.IsHttp2(context.Request.Protocol) ? Http2 : Http1;
        var transformer = new ActivatorTransformer(address, passthroughHost, isTls ? revision.Key.Namespace : null);
        if (DuplexRequest.Is(context, revision.FullDuplex))
        {
            return await ForwardDuplexAsync(context, transformer, address, isTls ? revision.Key.Namespace : null, cancellationToken);
        }

        var error = await forwarder.SendAsync(context, $"{(isTls ? "https" : "http")}://{address}", transport.Invoker, config, transformer, cancellationToken);
        if (error == ForwarderError.None || WholeResponse.Came(context))
        {
            return null;
        }

        var cause = context.Features.Get<IForwarderErrorFeature>()?.Exception;
        ActivatorLog.ForwardingFailed(logger, revision.Key, address, cause is null ? error.ToString() : FailureReason.Of(cause));
        cancellationToken.ThrowIfCancellationRequested();
        return context.Response.HasStarted ? null : new ForwardFailure(cause is null ? "request error" : FailureReason.Of(cause), WasNotSent(error, cause));
    }

    private async Task<ForwardFailure?> ForwardDuplexAsync(HttpContext context, ActivatorTransformer transformer, string address, string? tlsNamespace, CancellationToken cancellationToken)
    {
        // What the headers of the content are put into; it is never sent.
        using var request = new HttpRequestMessage { Content = new ByteArrayContent([]) };
        await transformer.TransformRequestAsync(context, request, $"http://{address}", cancellationToken);
        Stream connection;
        try
        {
            connection = await transport.ConnectAsync(address, tlsNamespace, cancellationToken);
        }
        catch (Exception exception) when (exception is IOException or SocketException or AuthenticationException)
        {
            return new ForwardFailure(exception.Message, WasNotSent: true);
        }

        await using (connection)
        {
            try
            {
                await DuplexExchange.RunAsync(context, request, connection, cancellationToken);
                return null;
            }
            catch (IOException exception)
            {
                cancellationToken.ThrowIfCancellationRequested();
                if (!context.Response.HasStarted)
                {
                    return new ForwardFailure(exception.Message, WasNotSent: false);
                }

                context.Abort();
                return null;
            }
        }
    }

    private static bool WasNotSent(ForwarderError error, Exception? cause) => error == ForwarderError.Request && ForwardFailure.IsOfConnecting(cause);

    private static ForwarderRequestConfig Config(Version version) => new()
    {
        ActivityTimeout = NoActivityLimit,
        Version = version,
        VersionPolicy = HttpVersionPolicy.RequestVersionExact,
        AllowResponseBuffering = false,
    };
}
