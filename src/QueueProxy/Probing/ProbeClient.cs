using System.Net.Sockets;

namespace Knative.Xds.QueueProxy.Probing;

/// <summary>Makes single attempts at probes.</summary>
/// <remarks>Source: knative/serving pkg/queue/health/probe.go.</remarks>
internal sealed class ProbeClient(bool http2AutoDetection, TimeProvider timeProvider, ILogger logger) : IDisposable
{
    // Made by the first probe that needs it: most probes are TCP.
    private readonly Lazy<HttpMessageInvoker> _http = new(CreateInvoker);

    private string? _problem;

    /// <summary>Whether the attempt succeeded within <paramref name="limit"/>.</summary>
    public async Task<bool> TryAsync(UserProbe probe, TimeSpan limit)
    {
        using var deadline = new CancellationTokenSource(limit, timeProvider);
        try
        {
            return probe.Kind switch
            {
                UserProbeKind.Tcp => await ConnectAsync(probe, deadline.Token),
                UserProbeKind.Http => await new HttpProbe(_http.Value, probe, limit, timeProvider).TryAsync(http2AutoDetection),
                UserProbeKind.Grpc => await GrpcProbe.TryAsync(_http.Value, probe, deadline.Token),
                _ => false,
            };
        }
        catch (Exception exception) when (exception is SocketException or OperationCanceledException or HttpRequestException or IOException)
        {
            return false;
        }
        catch (FormatException error)
        {
            Report(probe, error.Message);
            return false;
        }
    }

    public void Dispose()
    {
        if (_http.IsValueCreated)
            _http.Value.Dispose();
    }

    // Once, as the next attempt meets the same.
    private void Report(UserProbe probe, string problem)
    {
        if (Interlocked.Exchange(ref _problem, problem) != problem)
            QueueLog.ProbeUnusable(logger, probe.Host, probe.Port, problem);
    }

    private static async Task<bool> ConnectAsync(UserProbe probe, CancellationToken cancellationToken)
    {
        using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(probe.Host, probe.Port, cancellationToken);
        return true;
    }

    private static HttpMessageInvoker CreateInvoker()
    {
        var handler = new SocketsHttpHandler { UseProxy = false, UseCookies = false, ActivityHeadersPropagator = null };
        // As the kubelet: a probe asks whether the container answers, not who it is.
#pragma warning disable CA5359
        handler.SslOptions.RemoteCertificateValidationCallback = static (_, _, _, _) => true;
#pragma warning restore CA5359
        return new HttpMessageInvoker(handler, disposeHandler: true);
    }
}
