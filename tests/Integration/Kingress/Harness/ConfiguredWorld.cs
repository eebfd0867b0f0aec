using System.Net;
using System.Text.Json;
using k8s.Models;
using Knative.Xds.Core.Wire;
using Knative.Xds.Integration.Xds;
using Knative.Xds.Testing;
using Knative.Xds.Testing.Gateways;

namespace Knative.Xds.Integration.Kingress.Harness;

/// <summary>A world whose ConfigMaps tests change, one test after the other.</summary>
public sealed class ConfiguredWorld : IAsyncLifetime
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("kxds-edge-");
    private KingressWorld? _world;
    private bool _configured;

    internal KingressWorld World => _world!;
    /// <summary>Issues the certificates that gateways believe in services.</summary>
    internal TestAuthority Authority { get; } = TestAuthority.Create("edge services");
    internal IPEndPoint Probe { get; private set; } = null!;
    internal IPEndPoint TlsProbe { get; private set; } = null!;
    /// <summary>Where gateways write access logs.</summary>
    internal string AccessLog => Path.Combine(_folder.FullName, "access.log");

    public async ValueTask InitializeAsync()
    {
        if (RealComponents.Envoy is null)
        {
            return;
        }

        var probes = FixedEndPoint.Free(2);
        (Probe, TlsProbe) = (IPEndPoint.Parse(probes[0]), IPEndPoint.Parse(probes[1]));
        var authorities = Path.Combine(_folder.FullName, "authorities.pem");
        await File.WriteAllTextAsync(authorities, Authority.RootPem);
        _world = await KingressWorld.StartAsync(
            options => (options.ProbeListen, options.TlsProbeListen, options.AccessLogPath, options.AuthoritiesFile) = (probes[0], probes[1], AccessLog, authorities),
            options => options with { Arguments = ["--file-flush-interval-msec", "20"] },
            reuse: false);
    }

    /// <summary>A namespace of the world, whose gateway has nothing left of what the test before configured (a PROXY header that every connection must bring, say).</summary>
    internal async Task<TestNamespace> NamespaceAsync()
    {
        RealComponents.OrSkip(RealComponents.Envoy, "envoy");
        if (_configured)
        {
            using var _ = await ConfigureAsync();
            _configured = false;
        }

        return await World.NamespaceAsync();
    }

    /// <summary>Writes config-kourier, and waits until all listeners of the gateway have it. Returns a client of the external one that has no older connection.</summary>
    internal async Task<GatewayClient> ConfigureAsync(params (string Key, string Value)[] entries)
    {
        var mark = $"{Guid.NewGuid():n}";
        var data = new Dictionary<string, string> { ["service-access-log-template"] = mark + "\n" };
        foreach (var (key, value) in entries)
        {
            data[key] = value.Replace("MARK", mark, StringComparison.Ordinal);
        }

        _configured = true;
        await ApplyAsync(SystemNames.ConfigKourier, data);
        using var admin = new HttpClient { BaseAddress = await World.Envoy.AdminAsync() };
        await Eventually.TrueAsync(async () => await HaveAsync(admin, mark), XdsStack.Limit);
        return new GatewayClient($"{World.External.EndPoint}");
    }

    /// <summary>Writes config-kourier, and waits for nothing.</summary>
    internal Task KourierAsync(params (string Key, string Value)[] entries)
    {
        _configured = true;
        return ApplyAsync(SystemNames.ConfigKourier, entries.ToDictionary(entry => entry.Key, entry => entry.Value));
    }

    /// <summary>Writes config-network.</summary>
    internal Task NetworkAsync(params (string Key, string Value)[] entries) => ApplyAsync(SystemNames.ConfigNetwork, entries.ToDictionary(entry => entry.Key, entry => entry.Value));

    /// <summary>Waits until the access log has a line that ends so, and returns it.</summary>
    internal async Task<string> LogLineAsync(string text) => await Eventually.NotNullAsync(
        async () => File.Exists(AccessLog) ? (await File.ReadAllLinesAsync(AccessLog)).FirstOrDefault(line => line.Contains(text, StringComparison.Ordinal)) : null,
        XdsStack.Limit);

    public async ValueTask DisposeAsync()
    {
        if (_world is not null)
        {
            await _world.DisposeAsync();
        }

        Authority.Dispose();
        _folder.Delete(recursive: true);
    }

    private Task<V1ConfigMap> ApplyAsync(string name, Dictionary<string, string> data) => World.Server.Client.ApplyAsync(
        new V1ConfigMap { ApiVersion = "v1", Kind = "ConfigMap", Metadata = new V1ObjectMeta { NamespaceProperty = SystemNames.Namespace, Name = name }, Data = data },
        CancellationToken.None);

    private static async Task<bool> HaveAsync(HttpClient admin, string mark)
    {
        using var dump = JsonDocument.Parse(await admin.GetStringAsync(new Uri("config_dump?resource=dynamic_listeners", UriKind.Relative)));
        var listeners = dump.RootElement.GetProperty("configs").EnumerateArray().ToList();
        return listeners.TrueForAll(listener => listener.TryGetProperty("active_state", out var active) && active.GetRawText().Contains(mark, StringComparison.Ordinal) && !listener.TryGetProperty("warming_state", out _));
    }
}
