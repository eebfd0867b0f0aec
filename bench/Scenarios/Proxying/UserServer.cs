using System.Diagnostics;
using System.Net;
using Knative.Xds.Scenarios.Rig;

namespace Knative.Xds.Scenarios.Proxying;

/// <summary>A user container that costs as little as it can. It answers probes of queue-proxies, too: behind an activator it stands for those as well.</summary>
internal sealed class UserServer : IDisposable
{
    private static readonly TimeSpan StartLimit = TimeSpan.FromSeconds(10);
    private readonly Process _process;
    private readonly string _folder;

    private UserServer(Process process, string folder, IPEndPoint endPoint) => (_process, _folder, EndPoint) = (process, folder, endPoint);

    public IPEndPoint EndPoint { get; }

    /// <summary>Starts it; it listens when this returns.</summary>
    /// <param name="protocol">What is measured.</param>
    /// <param name="asksOverHttp1">Whether it is asked over HTTP/1.1 too.</param>
    /// <param name="endPoint">Where it listens.</param>
    /// <remarks>Errors: <see cref="InvalidOperationException"/> when the program for it is missing or does not start.</remarks>
    public static UserServer Start(ProxyProtocol protocol, bool asksOverHttp1, IPEndPoint endPoint)
    {
        var folder = Directory.CreateTempSubdirectory("kxds-user-").FullName;
        var process = Process.Start(protocol == ProxyProtocol.H2c && asksOverHttp1 ? BothProtocols(folder, endPoint) : NginxUser.Create(protocol, folder, endPoint))!;
        WaitForPort(process, endPoint);
        return new UserServer(process, folder, endPoint);
    }

    public void Dispose()
    {
        _process.Kill(entireProcessTree: true);
        _process.WaitForExit();
        _process.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    // Envoy takes as much of the processors as an activator does, which brings every ratio nearer to one.
    private static ProcessStartInfo BothProtocols(string folder, IPEndPoint endPoint)
    {
        if (HaproxyUser.Create(folder, endPoint) is { } light)
        {
            return light;
        }

        Progress.Say("no haproxy (Debian: haproxy): Envoy is the user");
        return EnvoyUser.Create(folder, endPoint);
    }

    private static void WaitForPort(Process process, IPEndPoint endPoint)
    {
        var start = Stopwatch.GetTimestamp();
        while (!LocalPort.Accepts(endPoint))
        {
            if (process.HasExited || Stopwatch.GetElapsedTime(start) > StartLimit)
            {
                throw new InvalidOperationException("the user does not listen");
            }

            Thread.Yield();
        }
    }
}
