using System.Collections.Concurrent;
using Knative.Xds.ControlPlane.Translation;
using Knative.Xds.Core.Model;
using Knative.Xds.Kube.Client;

namespace Knative.Xds.XdsServer.Watching;

/// <summary>Local copies of the Secrets that some ingress names, and of no other: each is watched by its name, for as long as it is named.</summary>
/// <remarks>When very many are wanted at once, as after a start, those with the label of Knative's own certificates come by one list and one watch (<see cref="LabelledSecrets"/>),
/// if it is allowed; no right to list Secrets beyond those that are named is needed. None of the others' data is ever held. Threading: the owner loop watches; readings may be taken from anywhere.</remarks>
internal sealed class ReferencedSecrets(KubeClient client, TimeProvider time, ILogger<ReferencedSecrets> logger) : IDisposable
{
    // Ten thousand Secrets at once, as after a start, are more than an API likes to be asked for.
    private const int FirstReadsAtOnce = 64;
    private readonly SemaphoreSlim _turns = new(FirstReadsAtOnce);
    private readonly ConcurrentDictionary<ObjectKey, SecretWatch> _watches = new();
    private readonly LabelledSecrets _labelled = new(client, time, logger);
    private List<SecretWatch>? _gathered;

    /// <summary>Takes each Secret whose reading has changed; set before the first watch.</summary>
    public Action<ObjectKey> Changed { get; set; } = _ => { };

    /// <summary>Watched now.</summary>
    public int Count => _watches.Count;

    /// <summary>The names of those that are watched now.</summary>
    public IEnumerable<ObjectKey> Watched => _watches.Keys;

    /// <summary>Starts to watch a Secret.</summary>
    public void Watch(ObjectKey secret)
    {
        var watch = new SecretWatch(client, secret, _labelled, time, logger, _turns, Changed);
        if (!_watches.TryAdd(secret, watch))
        {
            watch.Dispose();
        }
        else if (_gathered is { } gathered)
        {
            gathered.Add(watch);
        }
        else
        {
            watch.Start(hasLabel: false);
        }
    }

    /// <summary>Stops, and forgets what was read.</summary>
    public void Unwatch(ObjectKey secret)
    {
        if (_watches.TryRemove(secret, out var watch))
        {
            watch.Dispose();
        }
    }

    /// <summary>Runs what wants Secrets, and reads them only then, all together.</summary>
    public void Gather(Action want)
    {
        _gathered = [];
        want();
        var gathered = _gathered;
        _gathered = null;
        var areMany = gathered.Count > FirstReadsAtOnce;
        foreach (var watch in areMany ? gathered : [])
        {
            _labelled.Add(watch);
        }

        gathered.ForEach(watch => watch.Start(areMany));
    }

    /// <summary>What is known of a Secret; pending for one that is not watched.</summary>
    public CertificateReading Find(ObjectKey secret) => _watches.TryGetValue(secret, out var watch) ? watch.Reading : default;

    /// <summary>Completes when every Secret that is watched now has been read, or could not be.</summary>
    public Task LoadedAsync() => Task.WhenAll(_watches.Values.Select(watch => watch.Loaded));

    /// <inheritdoc/>
    public void Dispose()
    {
        _labelled.Dispose();
        foreach (var secret in _watches.Keys)
        {
            Unwatch(secret);
        }
    }
}
