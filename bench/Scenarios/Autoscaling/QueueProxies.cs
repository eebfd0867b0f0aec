using System.Buffers;
using System.Globalization;
using System.Net;
using System.Text;
using Knative.Xds.Core.Stats;
using Knative.Xds.Core.Wire;
using Knative.Xds.Scenarios.Rig;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Logging;

namespace Knative.Xds.Scenarios.Autoscaling;

/// <summary>Answers for every pod, on all addresses at once, with as little work as can be: the autoscaler is what is measured.</summary>
internal sealed class QueueProxies : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly byte[] _answer = Answer();
    private long _answered;

    private QueueProxies()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Any, Ports.AutoscalingMetrics, listen => listen.Run(ServeAsync)));
        _app = builder.Build();
    }

    /// <summary>Answers so far.</summary>
    public long Answered => Interlocked.Read(ref _answered);

    public static async Task<QueueProxies> StartAsync(AutoscalerLoad load, CancellationToken cancellationToken)
    {
        var proxies = new QueueProxies();
        await proxies._app.StartAsync(cancellationToken);
        Progress.Say($"{load.Revisions * load.Pods} pods on {load.Addresses} addresses");
        return proxies;
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    // A request is whatever ends with an empty line: nobody sends a body here.
    private async Task ServeAsync(ConnectionContext connection)
    {
        try
        {
            while (true)
            {
                var read = await connection.Transport.Input.ReadAsync(connection.ConnectionClosed);
                var buffer = read.Buffer;
                while (TakeRequest(ref buffer))
                {
                    Interlocked.Increment(ref _answered);
                    connection.Transport.Output.Write(_answer);
                }

                connection.Transport.Input.AdvanceTo(buffer.Start, buffer.End);
                await connection.Transport.Output.FlushAsync(connection.ConnectionClosed);
                if (read.IsCompleted)
                {
                    return;
                }
            }
        }
        catch (Exception error) when (error is OperationCanceledException or IOException)
        {
            // The autoscaler closed it.
        }
    }

    private static bool TakeRequest(ref ReadOnlySequence<byte> buffer)
    {
        var reader = new SequenceReader<byte>(buffer);
        if (!reader.TryReadTo(out ReadOnlySequence<byte> _, "\r\n\r\n"u8))
        {
            return false;
        }

        buffer = buffer.Slice(reader.Position);
        return true;
    }

    private static byte[] Answer()
    {
        var stat = StatCodec.Encode(new Stat
        {
            PodName = "r00000-deployment-6d4cf56db6-abcde",
            AverageConcurrentRequests = AutoscalerLoad.ConcurrencyPerPod,
            RequestCount = 120,
            ProcessUptime = 3600,
        });
        var head = string.Create(
            CultureInfo.InvariantCulture, $"HTTP/1.1 200 OK\r\nContent-Length: {stat.Length}\r\nContent-Type: {StatCodec.ContentType}\r\nDate: Thu, 01 Jan 2026 00:00:00 GMT\r\n\r\n");
        return [.. Encoding.ASCII.GetBytes(head), .. stat];
    }
}
