using k8s.Models;
using Knative.Xds.Autoscaler.Collecting;
using Knative.Xds.Autoscaler.Measuring;
using Knative.Xds.Autoscaler.Reconciling;
using Knative.Xds.Core.Model;
using Knative.Xds.Core.Scaling;
using Knative.Xds.Core.Wire;
using Knative.Xds.Kube.Watching;

namespace Knative.Xds.Autoscaler.Caching;

/// <summary>The cluster's settings in force: config-autoscaler and what we need of config-deployment and config-network. A bad value keeps the last good settings, and is said in log, metric and Event.</summary>
/// <remarks>Threading: written by one informer, read from anywhere.</remarks>
internal sealed class LiveSettings
{
    private const string ConfigDeployment = "config-deployment";
    private const string DeadlineKey = "progress-deadline";
    private const string OldDeadlineKey = "progressDeadline";
    private static readonly GoDuration DefaultProgressDeadline = GoDuration.FromSeconds(600);

    private readonly ILogger<LiveSettings> _logger;
    private readonly AutoscalerMetrics _metrics;
    private readonly Reports _reports;
    private readonly ObjectKey _autoscalerMap;
    private readonly ObjectKey _deploymentMap;
    private readonly ObjectKey _networkMap;
    private volatile AutoscalerConfig _config = new();
    private volatile Box<MeshSettings> _mesh = new(default);
    private long _progressDeadline = DefaultProgressDeadline.Nanoseconds;

    public LiveSettings(ClusterCaches caches, AutoscalerOptions options, AutoscalerMetrics metrics, Reports reports, ILogger<LiveSettings> logger)
    {
        (_logger, _metrics, _reports) = (logger, metrics, reports);
        _autoscalerMap = new ObjectKey(options.SystemNamespace, SystemNames.ConfigAutoscaler);
        _deploymentMap = new ObjectKey(options.SystemNamespace, ConfigDeployment);
        _networkMap = new ObjectKey(options.SystemNamespace, SystemNames.ConfigNetwork);
        caches.ConfigMaps.OnChange(OnConfigMap);
    }

    /// <summary>Fires after the settings of PodAutoscalers changed.</summary>
    public event Action? Changed;

    /// <summary>Fires after the way to the pods changed.</summary>
    public event Action? MeshChanged;

    public AutoscalerConfig Config => _config;

    public GoDuration ProgressDeadline => new(Interlocked.Read(ref _progressDeadline));

    public MeshSettings Mesh => _mesh.Value;

    private void OnConfigMap(ObjectChange<V1ConfigMap> change)
    {
        if (change.Key != _autoscalerMap && change.Key != _deploymentMap && change.Key != _networkMap)
        {
            return;
        }

        // As upstream's watcher: a map that is deleted, to be made anew perhaps, takes nothing back.
        if (change.New is not { } map)
        {
            AutoscalerLog.ConfigDeleted(_logger, change.Key);
        }
        else if (change.Key == _autoscalerMap)
        {
            OnAutoscalerMap(map);
        }
        else if (change.Key == _deploymentMap)
        {
            OnDeploymentMap(map);
        }
        else
        {
            OnNetworkMap(map);
        }
    }

    private void OnAutoscalerMap(V1ConfigMap map)
    {
        var (config, problem) = AutoscalerConfigParser.Parse(_autoscalerMap, Data(map));
        Report(_autoscalerMap, map, problem);
        if (config is not null && config != _config)
        {
            _config = config;
            AutoscalerLog.ConfigTaken(_logger, _autoscalerMap);
            Changed?.Invoke();
        }
    }

    private void OnDeploymentMap(V1ConfigMap map)
    {
        var (deadline, problem) = ReadProgressDeadline(Data(map));
        Report(_deploymentMap, map, problem);
        if (problem is null && Interlocked.Exchange(ref _progressDeadline, deadline.Nanoseconds) != deadline.Nanoseconds)
        {
            Changed?.Invoke();
        }
    }

    // Both keys are read, the older first: one that cannot be read refuses the map, though the other counts.
    private (GoDuration Deadline, Problem? Problem) ReadProgressDeadline(Dictionary<string, string> data)
    {
        var (deadline, counts) = (DefaultProgressDeadline, DeadlineKey);
        foreach (var key in new[] { OldDeadlineKey, DeadlineKey })
        {
            if (data.TryGetValue(key, out var text))
            {
                if (!GoText.TryGoDuration(text, out deadline))
                {
                    return (default, Refusal(key, text));
                }

                counts = key;
            }
        }

        return deadline > GoDuration.Zero && deadline.IsWholeSeconds ? (deadline, null) : (default, Refusal(counts, data.GetValueOrDefault(counts, "")));
    }

    private Problem Refusal(string key, string text) => new(_deploymentMap, $"data[{key}]", "InvalidConfig", $"\"{text}\" is not a positive duration of whole seconds");

    private void OnNetworkMap(V1ConfigMap map)
    {
        var data = Data(map);
        var problem = MeshSettings.Unreadable(data) is { } bad ? new Problem(_networkMap, $"data[{bad.Key}]", "InvalidConfig", $"\"{bad.Value}\" is neither true nor false") : null;
        Report(_networkMap, map, problem);
        var mesh = problem is null ? MeshSettings.Read(data) : Mesh;
        if (mesh != Mesh)
        {
            _mesh = new Box<MeshSettings>(mesh);
            AutoscalerLog.ConfigTaken(_logger, _networkMap);
            MeshChanged?.Invoke();
        }
    }

    private void Report(ObjectKey key, V1ConfigMap map, Problem? problem)
    {
        _metrics.ConfigRead(key.Name, problem is null);
        if (problem is not null)
        {
            AutoscalerLog.ConfigRefused(_logger, problem.Object, problem.Field, problem.Message);
            _reports.InvalidConfiguration(map, $"{problem.Field}: {problem.Message}; the last good settings stay");
        }
    }

    private static Dictionary<string, string> Data(V1ConfigMap map) => map.Data is { } data ? new(data) : [];

    private sealed record Box<T>(T Value);
}
