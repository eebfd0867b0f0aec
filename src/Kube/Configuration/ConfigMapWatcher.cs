using k8s.Models;
using Knative.Xds.Core.Model;
using Knative.Xds.Kube.Client;
using Knative.Xds.Kube.Watching;
using Microsoft.Extensions.Logging;

namespace Knative.Xds.Kube.Configuration;

/// <summary>A live ConfigMap as a value. What cannot be parsed is reported and the last good value stays; without the ConfigMap the defaults hold.</summary>
/// <remarks>Threading: handlers run one at a time on the watcher's task; the properties may be read from anywhere. Source: knative/pkg configmap (the entry
/// <c>_example</c> is inert; a bad update keeps the previous value).</remarks>
public sealed class ConfigMapWatcher<T> where T : class
{
    private const string ExampleEntry = "_example";
    private readonly Func<ObjectKey, IReadOnlyDictionary<string, string>, (T? Value, Problem? Problem)> _parse;
    private readonly ObjectKey _key;
    private readonly ILogger _logger;
    private readonly Informer<V1ConfigMap> _informer;
    private readonly List<Action<T>> _handlers = [];
    private volatile T _current;
    private volatile Problem? _problem;

    /// <summary>Makes a watcher; <paramref name="parse"/> gives a value or the problem, and must give a value for no entries at all.</summary>
    public ConfigMapWatcher(KubeClient client, ObjectKey key, Func<ObjectKey, IReadOnlyDictionary<string, string>, (T? Value, Problem? Problem)> parse, TimeProvider time, ILogger logger)
        : this(new Informer<V1ConfigMap>(client, new ObjectQuery(key.Namespace, FieldSelector: $"metadata.name={key.Name}"), time, logger), key, parse, logger)
    {
    }

    internal ConfigMapWatcher(Informer<V1ConfigMap> informer, ObjectKey key, Func<ObjectKey, IReadOnlyDictionary<string, string>, (T? Value, Problem? Problem)> parse, ILogger logger)
    {
        (_informer, _key, _parse, _logger) = (informer, key, parse, logger);
        var (defaults, problem) = parse(key, new Dictionary<string, string>());
        _current = defaults ?? throw new ArgumentException($"the defaults of {key} are invalid: {problem?.Message}", nameof(parse));
        _informer.OnChange(OnChange);
    }

    /// <summary>The last good value; the defaults until the first one is read.</summary>
    public T Current => _current;

    /// <summary>Why the ConfigMap as it is now is not in effect; null when it is.</summary>
    public Problem? Problem => _problem;

    /// <summary>Completes when the ConfigMap has been read, or was found to be absent.</summary>
    public Task Synced => _informer.Synced;

    /// <summary>Adds a handler of new values; only before <see cref="RunAsync"/>.</summary>
    public void OnChange(Action<T> handler) => _handlers.Add(handler);

    /// <summary>Runs until the token fires. Never throws but for cancellation.</summary>
    public Task RunAsync(CancellationToken cancellationToken) => _informer.RunAsync(cancellationToken);

    private void OnChange(ObjectChange<V1ConfigMap> change)
    {
        // Not every API knows field selectors on metadata.name.
        if (change.Key != _key)
        {
            return;
        }

        var data = (change.New?.Data ?? new Dictionary<string, string>()).Where(entry => entry.Key != ExampleEntry).ToDictionary(StringComparer.Ordinal);
        var (value, problem) = Parse(data);
        _problem = problem;
        if (value is null)
        {
            KubeLog.ConfigRefused(_logger, _key, problem?.Message ?? "no value");
        }
        else if (!EqualityComparer<T>.Default.Equals(value, _current))
        {
            _current = value;
            _handlers.ForEach(handler => handler(value));
        }
    }

    private (T? Value, Problem? Problem) Parse(IReadOnlyDictionary<string, string> data)
    {
        try
        {
            return _parse(_key, data);
        }
        catch (Exception error) when (error is FormatException or OverflowException or ArgumentException or InvalidOperationException)
        {
            return (null, new Problem(_key, "data", "InvalidValue", $"data cannot be parsed: {error.Message}"));
        }
    }
}
