using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Text;
using Knative.Xds.ControlPlane.Translation;

namespace Knative.Xds.Testing.Gateways;

/// <summary>A real Envoy with the product's bootstrap.</summary>
public sealed class RealEnvoy : IAsyncDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    private readonly Process _process;
    private readonly string _folder;
    private readonly StringBuilder _log = new();

    private RealEnvoy(Process process, string folder, HttpClient http) => (_process, _folder, Http) = (process, folder, http);

    /// <summary>Reaches the external listener, whatever the host of the address.</summary>
    public HttpClient Http { get; }

    /// <summary>Its process, e.g. for its CPU time.</summary>
    public int ProcessId => _process.Id;

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

    /// <summary>Starts Envoy; skips the test where there is none.</summary>
    public static RealEnvoy Start(RealEnvoyOptions options)
    {
        var envoy = RealComponents.OrSkip(RealComponents.Envoy, "envoy");
        var folder = Directory.CreateTempSubdirectory("kxds-envoy-").FullName;
        var tls = options.CertificateDirectory is { } certificates ? new BootstrapTls { ServerName = options.ServerName, SecretsDirectory = folder, CertificateDirectory = certificates } : null;
        WriteSecrets(tls);
        var bootstrap = BootstrapTemplate.Render(new BootstrapSettings { NodeId = options.NodeId, NodeCluster = options.NodeCluster, Fleet = options.Fleet, XdsHost = "127.0.0.1", XdsPort = options.XdsPort, Tls = tls });
        File.WriteAllText(BootstrapPath(folder), options.Bootstrap?.Invoke(bootstrap) ?? bootstrap);
        var process = Process.Start(new ProcessStartInfo(envoy, Arguments(folder, options)) { RedirectStandardError = true, RedirectStandardOutput = true })!;
        var gateway = new RealEnvoy(process, folder, new HttpClient(FixedEndPoint.Handler(IPEndPoint.Parse(options.ExternalListen))) { Timeout = TimeSpan.FromSeconds(20) });
        process.ErrorDataReceived += gateway.Note;
        process.OutputDataReceived += gateway.Note;
        process.BeginErrorReadLine();
        process.BeginOutputReadLine();
        return gateway;
    }

    /// <summary>Sends a request; the answer is the status code and the body. A request without an answer has code 0.</summary>
    public async Task<(int Code, string Body)> GetAsync(string host)
    {
        try
        {
            using var answer = await Http.GetAsync(new Uri($"http://{host}/")).ConfigureAwait(false);
            return ((int)answer.StatusCode, await answer.Content.ReadAsStringAsync().ConfigureAwait(false));
        }
        catch (HttpRequestException error)
        {
            return (0, error.Message);
        }
    }

    /// <summary>Waits until a host answers with a body.</summary>
    public Task AnswersAsync(string host, string body) => Eventually.TrueAsync(async () => await GetAsync(host).ConfigureAwait(false) == (200, body), Limit);

    /// <summary>Address of the admin interface; waits until Envoy has written it.</summary>
    public async Task<Uri> AdminAsync()
    {
        var path = AdminPath(_folder);
        await Eventually.TrueAsync(() => File.Exists(path) && File.ReadAllText(path).Length > 0, Limit).ConfigureAwait(false);
        return new Uri($"http://{await File.ReadAllTextAsync(path).ConfigureAwait(false)}/");
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        _process.Kill();
        await _process.WaitForExitAsync().ConfigureAwait(false);
        _process.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private static void WriteSecrets(BootstrapTls? tls)
    {
        if (tls is not null)
        {
            foreach (var (name, content) in BootstrapTemplate.RenderSecrets(tls))
            {
                File.WriteAllText(Path.Combine(tls.SecretsDirectory, name), content);
            }
        }
    }

    private static string[] Arguments(string folder, RealEnvoyOptions options) =>
    [
        "-c", BootstrapPath(folder), "--disable-hot-restart", "--concurrency", options.Concurrency.ToString(CultureInfo.InvariantCulture),
        "--log-level", "warning", "--drain-time-s", "1", "--admin-address-path", AdminPath(folder), .. options.Arguments,
    ];

    private static string BootstrapPath(string folder) => Path.Combine(folder, "bootstrap.yaml");

    private static string AdminPath(string folder) => Path.Combine(folder, "admin");

    private void Note(object sender, DataReceivedEventArgs line)
    {
        lock (_log)
        {
            _log.AppendLine(line.Data);
        }
    }
}
