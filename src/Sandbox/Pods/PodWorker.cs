using System.Threading.Channels;
using k8s.Models;
using Knative.Xds.Core.Model;

namespace Knative.Xds.Sandbox.Pods;

/// <summary>Runs one pod from its first container to its removal from the API.</summary>
/// <remarks>Threading: <see cref="RunAsync"/> once; the rest from anywhere.</remarks>
internal sealed class PodWorker
{
    private readonly PodContext _context;
    private readonly PodIdentity _identity;
    private readonly string _logDirectory;
    private readonly PodStop _stop;
    private readonly Channel<bool> _changes = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
    private readonly ContainerRunner[] _init;
    private readonly ContainerRunner[] _containers;
    private volatile V1Pod _latest;
    private volatile bool _detached;

    /// <summary>Takes an address; nothing runs before <see cref="RunAsync"/>.</summary>
    public PodWorker(V1Pod pod, PodContext context)
    {
        (_latest, _context, _stop) = (pod, context, new PodStop(context.Time));
        Key = new ObjectKey(pod.Metadata.NamespaceProperty, pod.Metadata.Name);
        _identity = new PodIdentity(pod, context.Network.Take(), context.HostIP, context.Options.NodeName);
        _logDirectory = Path.Combine(context.LogDirectory, $"{Key.Namespace}_{Key.Name}_{pod.Metadata.Uid}");
        _init = Runners(pod.Spec.InitContainers, behindInit: false);
        _containers = Runners(pod.Spec.Containers, behindInit: _init.Length > 0);
    }

    /// <summary>The pod.</summary>
    public ObjectKey Key { get; }

    /// <summary>Its uid: another pod of the same name is another pod.</summary>
    public string Uid => _identity.Pod.Metadata.Uid;

    /// <summary>The container of a name; null when there is none.</summary>
    public ContainerRunner? Container(string name) => _containers.Concat(_init).FirstOrDefault(container => container.Name == name);

    /// <summary>Takes note of a new version of the pod.</summary>
    public void Update(V1Pod pod)
    {
        _latest = pod;
        if (pod.Metadata.DeletionTimestamp is not null)
        {
            _stop.Request(GraceOf(pod));
        }
    }

    /// <summary>Takes note that the API has the pod no more.</summary>
    public void Gone()
    {
        _detached = true;
        _stop.Request(GraceOf(_latest));
    }

    /// <summary>Ends the pod's containers and leaves the pod itself to the API.</summary>
    public void Abandon(TimeSpan grace)
    {
        _detached = true;
        _stop.Request(grace < GraceOf(_latest) ? grace : GraceOf(_latest));
    }

    /// <summary>Runs the pod; completes when its processes are gone and, unless it was abandoned, the API has removed it.</summary>
    public async Task RunAsync()
    {
        try
        {
            _context.Logger.PodPlaced(Key.ToString(), _identity.PodIP);
            var publishing = PublishAsync();
            _changes.Writer.TryWrite(true);
            await RunContainersAsync();
            await StopRequestedAsync();
            _changes.Writer.Complete();
            await publishing;
            if (!_detached)
            {
                await RemoveAsync();
            }
        }
        finally
        {
            _context.Network.Return(_identity.PodIP);
            RemoveLogs();
            _stop.Dispose();
        }
    }

    private static TimeSpan GraceOf(V1Pod pod) => TimeSpan.FromSeconds(pod.Metadata.DeletionGracePeriodSeconds ?? pod.Spec.TerminationGracePeriodSeconds ?? 30);

    private ContainerRunner[] Runners(IList<V1Container>? containers, bool behindInit) =>
        [.. (containers ?? []).Select(container => new ContainerRunner(container, _identity, _context, _logDirectory, behindInit, () => _changes.Writer.TryWrite(true)))];

    private async Task RunContainersAsync()
    {
        var policy = _identity.Pod.Spec.RestartPolicy ?? "Always";
        foreach (var container in _init)
        {
            await container.RunAsync(policy == "Never" ? "Never" : "OnFailure", _stop);
            if (container.Snapshot.State.Terminated?.ExitCode != 0)
            {
                return;
            }
        }

        await Task.WhenAll(_containers.Select(container => Task.Run(() => container.RunAsync(policy, _stop))));
    }

    // A pod that ran to its end stays until someone deletes it.
    private async Task StopRequestedAsync()
    {
        var requested = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var registration = _stop.Requested.Register(requested.SetResult);
        await requested.Task;
    }

    private async Task PublishAsync()
    {
        var publisher = new PodStatusPublisher(_context, Key, Uid);
        var startTime = KubeTime.Seconds(_context.Time);
        await foreach (var _ in _changes.Reader.ReadAllAsync())
        {
            while (!_detached && !await publisher.WriteAsync(_latest, Status(startTime), _stop.Kill))
            {
                // The next attempt writes what is true then.
            }
        }
    }

    private V1PodStatus Status(DateTime startTime) => PodStatusBuilder.Build(
        _identity,
        [.. _init.Select(container => container.Snapshot)],
        [.. _containers.Select(container => container.Snapshot)],
        startTime,
        _latest.Status,
        KubeTime.Seconds(_context.Time));

    private async Task RemoveAsync()
    {
        var publisher = new PodStatusPublisher(_context, Key, Uid);
        while (!_detached && !await publisher.DeleteAsync())
        {
            // The API was out of reach; it must not keep a pod that has no processes.
        }
    }

    private void RemoveLogs()
    {
        try
        {
            if (Directory.Exists(_logDirectory))
            {
                Directory.Delete(_logDirectory, recursive: true);
            }
        }
        catch (IOException)
        {
            // A follower holds a file on a file system that minds; the folder is a temporary one.
        }
    }
}
