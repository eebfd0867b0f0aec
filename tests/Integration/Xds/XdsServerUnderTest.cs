using System.Globalization;
using System.Net;
using System.Reflection;
using System.Text.Json;
using System.Text.RegularExpressions;
using Knative.Xds.Hosting;
using Knative.Xds.Kube.Client;
using Knative.Xds.Sandbox.Processes;
using Knative.Xds.Testing.Gateways;
using Knative.Xds.XdsServer;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Knative.Xds.Integration.Xds;

/// <summary>An xDS server: the program that <c>KXDS_XDS_SERVER</c> names, as it ships; without it, or where a test reaches into the server, one in this process.</summary>
internal sealed partial class XdsServerUnderTest : IAsyncDisposable
{
    private static readonly XdsServerOptions Defaults = new();
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(30);
    private readonly List<string> _files = [];
    private WebApplication? _app;
    private ProcessHost? _processes;
    private ChildProcess? _process;

    private XdsServerUnderTest()
    {
    }

    public int AdminPort { get; private set; }
    public int XdsPort { get; private set; }
    /// <summary>The port for gRPC clients; 0 where none is configured.</summary>
    public int ClientPort { get; private set; }

    /// <summary>Path of the program; null when there is none.</summary>
    public static string? Program => Environment.GetEnvironmentVariable("KXDS_XDS_SERVER") is { Length: > 0 } path ? path : null;

    /// <summary>Starts a server; <paramref name="client"/> is its client of the API where it shall not make one.</summary>
    public static async Task<XdsServerUnderTest> StartAsync(XdsServerOptions options, KubeClient? client = null)
    {
        var server = new XdsServerUnderTest();
        if (Program is { } program && client is null)
        {
            server.StartProgram(program, options);
        }
        else
        {
            await server.StartHereAsync(options, client);
        }

        return server;
    }

    /// <summary>Whether it says that it is ready.</summary>
    public async Task<bool> IsReadyAsync()
    {
        if (_process is { Exited.IsCompleted: true })
        {
            throw new InvalidOperationException($"the xDS server ended with code {await _process.Exited}");
        }

        using var http = new HttpClient();
        try
        {
            using var answer = await http.GetAsync(new Uri($"http://127.0.0.1:{AdminPort}/readyz"));
            return answer.IsSuccessStatusCode;
        }
        catch (HttpRequestException) when (_process is not null)
        {
            return false;
        }
    }

    /// <summary>Ends it, as SIGTERM does.</summary>
    public async Task StopAsync()
    {
        await (_app?.StopAsync() ?? Task.CompletedTask);
        await (_process?.TerminateAsync(Grace) ?? Task.CompletedTask);
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        await (_app?.DisposeAsync() ?? ValueTask.CompletedTask);
        await (_processes?.DisposeAsync() ?? ValueTask.CompletedTask);
        _files.ForEach(File.Delete);
    }

    private async Task StartHereAsync(XdsServerOptions options, KubeClient? client)
    {
        _app = XdsServerApp.Create(options, builder =>
        {
            builder.Logging.ClearProviders();
            if (client is not null)
            {
                builder.Services.AddSingleton(_ => client);
            }
        });
        await _app.StartAsync();
        var ports = _app.BoundEndPoints().Select(endPoint => endPoint.Port).ToList();
        (AdminPort, XdsPort, ClientPort) = (ports[0], ports[1], ports.ElementAtOrDefault(2));
    }

    private void StartProgram(string program, XdsServerOptions options)
    {
        var given = Given(options).ToDictionary(option => option.Name, option => option.Value, StringComparer.Ordinal);
        (AdminPort, XdsPort) = (Fix(given, "admin-listen"), Fix(given, "listen"));
        ClientPort = given.ContainsKey("proxyless-listen") ? Fix(given, "proxyless-listen") : 0;
        if (options.Fleets.Count > 0)
        {
            var file = Path.GetTempFileName();
            _files.Add(file);
            File.WriteAllText(file, JsonSerializer.Serialize(new { options.Fleets }, JsonSerializerOptions.Web));
            given["fleets-file"] = file;
        }

        _processes = new ProcessHost(TimeProvider.System);
        _process = _processes.Start(new ChildProcessStart
        {
            Command = [program, .. given.Select(option => $"--{option.Key}={option.Value}")],
            OnError = line => TestContext.Current.TestOutputHelper?.WriteLine(line),
        });
    }

    // What differs from the defaults, as the command line says it.
    private static IEnumerable<(string Name, string Value)> Given(XdsServerOptions options) =>
        from property in typeof(XdsServerOptions).GetProperties(BindingFlags.Public | BindingFlags.Instance)
        where property.CanWrite
        let value = property.GetValue(options)
        where !Equals(value, property.GetValue(Defaults))
        select (Hump().Replace(property.Name, "-$0").ToLowerInvariant(), Text(value));

    private static string Text(object? value) => value is TimeSpan time ? time.TotalSeconds.ToString("R", CultureInfo.InvariantCulture) : Convert.ToString(value, CultureInfo.InvariantCulture) ?? "";

    private static int Fix(Dictionary<string, string> given, string option)
    {
        if (IPEndPoint.Parse(given[option]).Port == 0)
        {
            given[option] = FixedEndPoint.Free(1)[0];
        }

        return IPEndPoint.Parse(given[option]).Port;
    }

    [GeneratedRegex("(?<!^)[A-Z]")]
    private static partial Regex Hump();
}
