using Knative.Xds.ControlPlane.Translation;
using Knative.Xds.Core.Model;
using Knative.Xds.Core.Networking;
using Knative.Xds.Core.Wire;
using Knative.Xds.Kube.Client;
using Knative.Xds.Kube.Configuration;
using Knative.Xds.Kube.Manifests;

namespace Knative.Xds.XdsServer.Watching;

/// <summary>config-kourier and config-network as they are now; a bad one is said and leaves the last good one in force.</summary>
/// <remarks>Threading: read from anywhere; <see cref="Changed"/> fires on a watcher's task.</remarks>
internal sealed class LiveConfiguration
{
    private readonly ConfigMapWatcher<KourierConfig> _kourier;
    private readonly ConfigMapWatcher<NetworkConfig> _network;

    public LiveConfiguration(KubeClient client, XdsServerOptions options, XdsMetrics metrics, TimeProvider time, ILogger<LiveConfiguration> logger)
    {
        _kourier = new(client, new ObjectKey(options.SystemNamespace, SystemNames.ConfigKourier), (key, data) => Noted(ParseKourier(key, WithEnvironment(data, options)), key, metrics), time, logger);
        _network = new(client, new ObjectKey(options.SystemNamespace, SystemNames.ConfigNetwork), (key, data) => Noted(NetworkConfigParser.Parse(key, data, text => YamlJson.ParseAll(text) is [var first, ..] ? first : null), key, metrics), time, logger);
        _kourier.OnChange(_ => Changed());
        _network.OnChange(_ => Changed());
    }

    /// <summary>Takes every change; set before it runs.</summary>
    public Action Changed { get; set; } = () => { };

    public KourierConfig Kourier => _kourier.Current;

    public NetworkConfig Network => _network.Current;

    /// <summary>Completes when both have been read, or were found to be absent.</summary>
    public Task Synced => Task.WhenAll(_kourier.Synced, _network.Synced);

    /// <summary>Runs until the token fires.</summary>
    public Task RunAsync(CancellationToken cancellationToken) => Task.WhenAll(_kourier.RunAsync(cancellationToken), _network.RunAsync(cancellationToken));

    private static Dictionary<string, string> WithEnvironment(IReadOnlyDictionary<string, string> data, XdsServerOptions options)
    {
        var entries = new Dictionary<string, string>(options.KourierDefaults, StringComparer.Ordinal);
        foreach (var (key, value) in data.Concat(options.KourierOverrides))
        {
            entries[key] = value;
        }

        return entries;
    }

    private static (KourierConfig? Config, Problem? Problem) ParseKourier(ObjectKey key, IReadOnlyDictionary<string, string> data)
    {
        var (config, problem) = KourierConfigParser.Parse(key, data);
        return config is not null && KourierSettings.WhyNot(config) is var (entry, fault)
            ? (null, new Problem(key, $"data[{entry}]", "InvalidConfig", $"{entry}: {fault}"))
            : (config, problem);
    }

    private static (T? Config, Problem? Problem) Noted<T>((T? Config, Problem? Problem) parsed, ObjectKey key, XdsMetrics metrics)
        where T : class
    {
        metrics.ConfigurationRefused(key.Name, parsed.Problem is not null);
        return parsed;
    }
}
