using Knative.Xds.Activation.Measuring;
using Knative.Xds.Core.Configuration;
using Knative.Xds.Core.Model;
using Knative.Xds.Core.Networking;
using Knative.Xds.Core.Wire;
using Knative.Xds.Kube.Client;
using Knative.Xds.Kube.Configuration;
using Knative.Xds.Kube.Manifests;

namespace Knative.Xds.Activation.Configuration;

/// <summary>Follows the ConfigMaps that concern the activator; a bad one is said and leaves the last good one in force.</summary>
internal sealed class ConfigWatch
{
    private readonly ConfigMapWatcher<NetworkConfig> _network;
    private readonly ConfigMapWatcher<ObservabilityConfig> _observability;

    public ConfigWatch(KubeClient client, LiveSettings settings, ActivatorOptions options, ActivatorMetrics metrics, TimeProvider time, ILogger<ConfigWatch> logger)
    {
        var (network, observability) = (new ObjectKey(options.SystemNamespace, SystemNames.ConfigNetwork), new ObjectKey(options.SystemNamespace, options.ObservabilityConfigMap));
        _network = new(client, network, (key, data) => Noted(NetworkConfigParser.Parse(key, data, text => YamlJson.ParseAll(text) is [var first, ..] ? first : null), key, metrics), time, logger);
        _observability = new(client, observability, (key, data) => Noted(ObservabilityConfigParser.Parse(key, data), key, metrics), time, logger);
        _network.OnChange(settings.Set);
        _observability.OnChange(settings.Set);
    }

    /// <summary>Completes when both have been read, or were found to be absent.</summary>
    public Task Synced => Task.WhenAll(_network.Synced, _observability.Synced);

    /// <summary>Runs until the token fires.</summary>
    public Task RunAsync(CancellationToken cancellationToken) => Task.WhenAll(_network.RunAsync(cancellationToken), _observability.RunAsync(cancellationToken));

    private static (T? Config, Problem? Problem) Noted<T>((T? Config, Problem? Problem) parsed, ObjectKey key, ActivatorMetrics metrics)
        where T : class
    {
        metrics.ConfigurationRefused(key.Name, parsed.Problem is not null);
        return parsed;
    }
}
