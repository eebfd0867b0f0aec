using Knative.Xds.Activation;
using Knative.Xds.Activation.Listening;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;

namespace Knative.Xds.Activator.Tests.Fakes;

/// <summary>What clients can make an activator hold, as docs/operations.md adds it up.</summary>
internal static class LimitSum
{
    private const double KiB = 1 << 10;
    private const double MiB = 1 << 20;
    // Measured; all else follows from the settings.
    private const double Process = 120 * MiB;
    private const double WaitingConnection = 14 * KiB;
    private const double ForwardedRequest = 8 * KiB;
    private const double UntakenEnd = 8 * KiB;
    // The smallest that the platform's client announces to a pod.
    private const double PodWindow = 64 * KiB;

    /// <summary>What of the process is not heap, in bytes: libraries, compiled code, the runtime's own. Measured.</summary>
    public const double OutsideHeap = 116 * MiB;

    /// <summary>What of the sum the heap may have, in bytes.</summary>
    public static double Heap(ActivatorOptions options, int? http2Requests = null) => Rows(options, http2Requests).Sum() - OutsideHeap;

    /// <summary>The rows of its table, in their order, in bytes.</summary>
    /// <param name="options">The limits.</param>
    /// <param name="http2Requests">How many requests over HTTP/2 there are at most, where that is known; else as many as it takes.</param>
    public static IReadOnlyList<double> Rows(ActivatorOptions options, int? http2Requests = null)
    {
        var sockets = new SocketTransportOptions();
        ListenerLimits.Apply(sockets, options);
        return
        [
            Process,
            options.MaxConnections * WaitingConnection,
            options.MaxRequests * ForwardedRequest,
            (http2Requests ?? options.MaxRequests) * PodWindow,
            options.MaxConnections * (double)sockets.MaxWriteBufferSize!.Value,
            HeadersBeingRead(options),
            2.0 * options.HeaderBudgetBytes,
            2.0 * options.BodyBudgetBytes,
            options.TransferBudgetBytes,
            Windows(options),
            Streams(options) * UntakenEnd,
        ];
    }

    /// <summary>The formula of the table for blocks that are being read.</summary>
    public static double HeadersBeingRead(ActivatorOptions options)
    {
        double budget = options.HeaderBudgetBytes / 2, least = ConnectionShares.LeastHeaderBytes;
        return 2 * (budget * (1 + Math.Log(options.MaxHeaderBytes / least)) + least * (options.MaxConnections - budget / least));
    }

    /// <summary>The formula of the table for windows.</summary>
    public static double Windows(ActivatorOptions options)
    {
        double budget = options.WindowBudgetBytes, alike = budget / (512 * KiB);
        return budget / 8 * (1 + Math.Log(alike)) + 64 * KiB * Math.Max(0, options.MaxHttp2Connections - alike);
    }

    /// <summary>The formula of the table for requests over HTTP/2.</summary>
    public static double Streams(ActivatorOptions options) => options.MaxRequests / 2.0 * (1 + Math.Log(options.MaxHttp2Connections));
}
