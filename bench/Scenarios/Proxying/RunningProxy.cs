using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Knative.Xds.Scenarios.Rig;

namespace Knative.Xds.Scenarios.Proxying;

/// <summary>A candidate that runs.</summary>
internal sealed class RunningProxy : IDisposable
{
    private static readonly TimeSpan StartLimit = TimeSpan.FromSeconds(30);
    private readonly Process _process;

    private RunningProxy(Process process, double startMs) => (_process, StartMs) = (process, startMs);

    /// <summary>From exec to the first accepted connection.</summary>
    public double StartMs { get; }

    public double CpuMs => ProcessFigures.CpuMs(_process.Id);

    public double RssMiB => ProcessFigures.RssMiB(_process.Id);

    /// <remarks>Errors: <see cref="InvalidOperationException"/> when it does not listen.</remarks>
    public static RunningProxy Start(ProxyCandidate candidate)
    {
        var start = Stopwatch.GetTimestamp();
        var process = Process.Start(candidate.Start)!;
        while (!Accepts(candidate.Port))
        {
            if (process.HasExited || Stopwatch.GetElapsedTime(start) > StartLimit)
            {
                throw new InvalidOperationException($"{candidate.Start.FileName} does not listen: {(process.HasExited ? process.StandardError.ReadToEnd() : "no connection")}");
            }

            Thread.Yield();
        }

        var startMs = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
        process.OutputDataReceived += static (_, _) => { };
        process.ErrorDataReceived += static (_, _) => { };
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        return new RunningProxy(process, startMs);
    }

    public void Dispose()
    {
        _process.Kill();
        _process.WaitForExit();
        _process.Dispose();
    }

    private static bool Accepts(int port)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            socket.Connect(IPAddress.Loopback, port);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
