using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Knative.Xds.ControlPlane.Translation;
using Knative.Xds.Testing;

namespace Knative.Xds.Integration.Xds;

/// <summary>A real Envoy with the product's bootstrap.</summary>
internal sealed class RealEnvoy : IAsyncDisposable
{
    private readonly Process _process;
    private readonly string _bootstrap;
    private readonly StringBuilder _log = new();

    private RealEnvoy(Process process, string bootstrap, HttpClient http) => (_process, _bootstrap, Http) = (process, bootstrap, http);

    /// <summary>Reaches the external listener, whatever the host of the address.</summary>
    public HttpClient Http { get; }

    /// <summary>What Envoy wrote, for a failing test.</summary>
    public string Log
    {
        get
        {
            lock (_log)
            {
                return _log.ToString();
            }
        }
    }

    /// <summary>Two addresses that are free now.</summary>
    public static (string External, string Local) FreeListeners()
    {
        using var first = Listen();
        using var second = Listen();
        return ($"{first.LocalEndpoint}", $"{second.LocalEndpoint}");
    }

    public static RealEnvoy Start(int xdsPort, string externalListen)
    {
        var envoy = RealComponents.OrSkip(RealComponents.Envoy, "envoy");
        var bootstrap = Path.Combine(Path.GetTempPath(), $"kxds-envoy-{Guid.NewGuid():n}.yaml");
        File.WriteAllText(bootstrap, BootstrapTemplate.Render(new BootstrapSettings { NodeId = "test", XdsHost = "127.0.0.1", XdsPort = xdsPort }));
        var start = new ProcessStartInfo(envoy, ["-c", bootstrap, "--disable-hot-restart", "--concurrency", "1", "--log-level", "warning", "--drain-time-s", "1"]) { RedirectStandardError = true, RedirectStandardOutput = true };
        var process = Process.Start(start)!;
        var gateway = new RealEnvoy(process, bootstrap, new HttpClient(HandlerFor(IPEndPoint.Parse(externalListen))) { Timeout = TimeSpan.FromSeconds(20) });
        process.ErrorDataReceived += gateway.Note;
        process.OutputDataReceived += gateway.Note;
        process.BeginErrorReadLine();
        process.BeginOutputReadLine();
        return gateway;
    }

    /// <summary>Sends a request; the answer is the status code and the body.</summary>
    public async Task<(int Code, string Body)> GetAsync(string host)
    {
        try
        {
            using var answer = await Http.GetAsync(new Uri($"http://{host}/"));
            return ((int)answer.StatusCode, await answer.Content.ReadAsStringAsync());
        }
        catch (HttpRequestException error)
        {
            return (0, error.Message);
        }
    }

    /// <summary>Waits until a host answers with a body.</summary>
    public Task AnswersAsync(string host, string body) => Eventually.TrueAsync(async () => await GetAsync(host) == (200, body), XdsStack.Limit);

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        _process.Kill();
        await _process.WaitForExitAsync();
        _process.Dispose();
        File.Delete(_bootstrap);
    }

    private static TcpListener Listen()
    {
        var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return listener;
    }

    private static SocketsHttpHandler HandlerFor(IPEndPoint gateway) => new()
    {
        ConnectCallback = async (_, cancellationToken) =>
        {
            var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            try
            {
                await socket.ConnectAsync(gateway, cancellationToken);
                return new NetworkStream(socket, ownsSocket: true);
            }
            catch
            {
                socket.Dispose();
                throw;
            }
        },
    };

    private void Note(object sender, DataReceivedEventArgs line)
    {
        lock (_log)
        {
            _log.AppendLine(line.Data);
        }
    }
}
