using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Knative.Xds.Conformance.Proxyless;

/// <summary>A stock gRPC client in a process of its own.</summary>
internal sealed class ClientProcess : IAsyncDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(90);
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web);
    private readonly Process _process;
    private readonly StringBuilder _errors = new();

    private ClientProcess(Process process)
    {
        _process = process;
        process.ErrorDataReceived += (_, line) => Note(line.Data);
        process.BeginErrorReadLine();
    }

    /// <summary>Starts a client; skips the test where it cannot be had.</summary>
    /// <param name="client">Which.</param>
    /// <param name="host">What it resolves, <c>xds:///HOST</c>.</param>
    /// <param name="xdsServer">Address of the xDS server.</param>
    public static async Task<ClientProcess> StartAsync(StockClient client, string host, string xdsServer)
    {
        var command = await Programs.ClientAsync(client);
        var start = new ProcessStartInfo(command[0], [.. command[1..], $"xds:///{host}"]) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["GRPC_XDS_BOOTSTRAP_CONFIG"] = JsonSerializer.Serialize(new
        {
            xds_servers = new[] { new { server_uri = xdsServer, channel_creds = new[] { new { type = "insecure" } }, server_features = new[] { "xds_v3" } } },
            node = new { id = $"client-{client}", cluster = "clients", locality = new { } },
        });
        return new ClientProcess(Process.Start(start)!);
    }

    /// <summary>Makes calls and waits for all of them.</summary>
    public async Task<CallResult> CallAsync(int calls)
    {
        await _process.StandardInput.WriteLineAsync(string.Create(CultureInfo.InvariantCulture, $"call {calls}"));
        await _process.StandardInput.FlushAsync();
        var line = await _process.StandardOutput.ReadLineAsync().WaitAsync(Limit);
        return line is null ? throw new InvalidOperationException($"the client has ended:\n{_errors}") : JsonSerializer.Deserialize<CallResult>(line, Json)!;
    }

    public async ValueTask DisposeAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync();
        _process.Dispose();
    }

    private void Note(string? line)
    {
        lock (_errors)
        {
            _errors.AppendLine(line);
        }
    }
}
