using k8s.Models;
using Knative.Xds.Core.Model;
using Knative.Xds.Core.Scaling;
using Knative.Xds.Core.Wire;
using Knative.Xds.Kube.Watching;

namespace Knative.Xds.Autoscaler.Caching;

/// <summary>The cluster's settings in force: config-autoscaler and what we need of config-deployment. A bad value keeps the last good settings.</summary>
/// <remarks>Threading: written by one informer, read from anywhere.</remarks>
internal sealed class LiveSettings
{
    private const string ConfigDeployment = "config-deployment";
    private static readonly TimeSpan DefaultProgressDeadline = TimeSpan.FromSeconds(600);

    private readonly ILogger<LiveSettings> _logger;
    private readonly ObjectKey _autoscalerMap;
    private readonly ObjectKey _deploymentMap;
    private volatile AutoscalerConfig _config = new();
    private long _progressDeadlineTicks = DefaultProgressDeadline.Ticks;

    public LiveSettings(ClusterCaches caches, AutoscalerOptions options, ILogger<LiveSettings> logger)
    {
        _logger = logger;
        _autoscalerMap = new ObjectKey(options.SystemNamespace, SystemNames.ConfigAutoscaler);
        _deploymentMap = new ObjectKey(options.SystemNamespace, ConfigDeployment);
        caches.ConfigMaps.OnChange(OnConfigMap);
    }

    /// <summary>Fires after the settings changed.</summary>
    public event Action? Changed;

    public AutoscalerConfig Config => _config;

    public TimeSpan ProgressDeadline => TimeSpan.FromTicks(Interlocked.Read(ref _progressDeadlineTicks));

    private void OnConfigMap(ObjectChange<V1ConfigMap> change)
    {
        if (change.Key == _autoscalerMap)
        {
            OnAutoscalerMap(change.New);
        }
        else if (change.Key == _deploymentMap)
        {
            OnDeploymentMap(change.New);
        }
    }

    private void OnAutoscalerMap(V1ConfigMap? map)
    {
        var (config, problem) = AutoscalerConfigParser.Parse(_autoscalerMap, Data(map));
        if (problem is not null)
        {
            AutoscalerLog.ConfigRefused(_logger, problem.Object, problem.Field, problem.Message);
        }
        else if (config != _config)
        {
            _config = config!;
            AutoscalerLog.ConfigTaken(_logger, _autoscalerMap);
            Changed?.Invoke();
        }
    }

    private void OnDeploymentMap(V1ConfigMap? map)
    {
        var data = Data(map);
        var text = data.GetValueOrDefault("progress-deadline") ?? data.GetValueOrDefault("progressDeadline");
        if (text is null)
        {
            Interlocked.Exchange(ref _progressDeadlineTicks, DefaultProgressDeadline.Ticks);
        }
        else if (GoText.TryDuration(text, out var deadline) && deadline > TimeSpan.Zero)
        {
            Interlocked.Exchange(ref _progressDeadlineTicks, deadline.Ticks);
        }
        else
        {
            AutoscalerLog.ConfigRefused(_logger, _deploymentMap, "data[progress-deadline]", $"\"{text}\" is not a positive duration");
        }
    }

    private static Dictionary<string, string> Data(V1ConfigMap? map) => map?.Data is { } data ? new(data) : [];
}
