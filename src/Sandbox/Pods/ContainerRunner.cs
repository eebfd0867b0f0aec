using k8s.Models;
using Knative.Xds.Sandbox.Processes;

namespace Knative.Xds.Sandbox.Pods;

/// <summary>Runs one container: start, probes, stop, restart with back-off.</summary>
/// <remarks>Threading: <see cref="RunAsync"/> once; the rest may be read from anywhere.</remarks>
internal sealed class ContainerRunner
{
    private readonly V1Container _container;
    private readonly PodIdentity _pod;
    private readonly PodContext _context;
    private readonly string _logDirectory;
    private readonly Action _changed;
    private readonly Lock _lock = new();
    private volatile ContainerSnapshot _snapshot;
    private RestartBackoff? _backoff;
    private int _run;

    /// <summary>Makes a runner; <paramref name="changed"/> is called after each change of <see cref="Snapshot"/>.</summary>
    public ContainerRunner(V1Container container, PodIdentity pod, PodContext context, string logDirectory, bool behindInit, Action changed)
    {
        (_container, _pod, _context, _logDirectory, _changed) = (container, pod, context, logDirectory, changed);
        _snapshot = ContainerSnapshot.Waiting(behindInit ? "PodInitializing" : "ContainerCreating");
    }

    /// <summary>Its name in the pod.</summary>
    public string Name => _container.Name;

    /// <summary>What is known now.</summary>
    public ContainerSnapshot Snapshot => _snapshot;

    /// <summary>Output of the current or last run; null before the first.</summary>
    public ContainerLog? Log { get; private set; }

    /// <summary>Output of the run before; null when there was none.</summary>
    public ContainerLog? PreviousLog { get; private set; }

    private string PodName => $"{_pod.Pod.Metadata.NamespaceProperty}/{_pod.Pod.Metadata.Name}";

    /// <summary>Runs the container until its restart policy says that it is done or <paramref name="stop"/> fires; then, its processes are gone.</summary>
    public async Task RunAsync(string restartPolicy, PodStop stop)
    {
        while (!stop.Requested.IsCancellationRequested)
        {
            var code = await TryRunOnceAsync(stop);
            if (stop.Requested.IsCancellationRequested || (code is { } ended && !StartsAgain(restartPolicy, ended)))
            {
                break;
            }

            await BackOffAsync(code, stop.Requested);
        }

        Update(snapshot => snapshot with { IsDone = true });
    }

    private static bool StartsAgain(string restartPolicy, int exitCode) => restartPolicy switch
    {
        "Never" => false,
        "OnFailure" => exitCode != 0,
        _ => true,
    };

    // Null: it could not be started.
    private async Task<int?> TryRunOnceAsync(PodStop stop)
    {
        try
        {
            return await RunOnceAsync(stop);
        }
        catch (ContainerStartException problem)
        {
            _context.Logger.CannotStart(PodName, Name, problem.Reason, problem.Message);
            Update(snapshot => ContainerSnapshot.Waiting(problem.Reason, problem.Message) with { LastState = snapshot.LastState, RestartCount = snapshot.RestartCount });
            return null;
        }
        catch (OperationCanceledException) when (stop.Requested.IsCancellationRequested)
        {
            return null;
        }
    }

    private async Task<int> RunOnceAsync(PodStop stop)
    {
        var config = new ConfigSource(_context.Client, _pod.Pod.Metadata.NamespaceProperty);
        var environment = await ContainerEnvironment.BuildAsync(_container, _pod, _context.BaseEnvironment, config, stop.Requested);
        var target = new ContainerTarget(_container, _pod.PodIP, environment);
        var command = ContainerEnvironment.CommandLine(_container, _context.Options.Images, environment);
        using var log = OpenLog();
        var process = Start(command, target, log);
        var startedAt = Now();
        var id = $"process://{process.Id}";
        Update(snapshot => Running(snapshot, id, startedAt));
        using var probing = new CancellationTokenSource();
        var probes = new ContainerProbes(_container, target, _context, new ProbeSubject(PodName, process, stop, Update)).RunAsync(probing.Token);
        if (await EndsOnItsOwnAsync(process, stop.Requested) is false)
        {
            await new ContainerStop(_container, target, _context, PodName).RunAsync(process, stop.Kill);
        }

        var code = await process.Exited;
        await probing.CancelAsync();
        await probes;
        Update(snapshot => Terminated(snapshot, id, code, startedAt, Now()));
        return code;
    }

    private ContainerLog OpenLog()
    {
        PreviousLog = Log;
        return Log = new ContainerLog(Path.Combine(_logDirectory, Name, $"{_run++}.log"), _context.Time);
    }

    private ChildProcess Start(IReadOnlyList<string> command, ContainerTarget target, ContainerLog log)
    {
        try
        {
            return _context.Processes.Start(new ChildProcessStart
            {
                Command = command,
                Environment = target.Environment,
                WorkingDirectory = target.WorkingDirectory,
                OnOutput = line => log.Append("stdout", line),
                OnError = line => log.Append("stderr", line),
            });
        }
        catch (ProcessStartException problem)
        {
            throw new ContainerStartException(ContainerStartException.RunError, $"container \"{Name}\": {problem.Message}");
        }
    }

    private static async Task<bool> EndsOnItsOwnAsync(ChildProcess process, CancellationToken stop)
    {
        var stopped = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var registration = stop.Register(stopped.SetResult);
        return await Task.WhenAny(process.Exited, stopped.Task) == process.Exited;
    }

    private async Task BackOffAsync(int? code, CancellationToken stop)
    {
        var now = _context.Time.GetUtcNow();
        // What cannot start at all is not tried again at once, as nothing will have changed.
        _backoff = RestartBackoff.Next(_backoff ?? (code is null ? new RestartBackoff(TimeSpan.Zero, now) : null), now);
        var delay = _backoff.Value.Delay;
        if (code is { } exitCode)
        {
            _context.Logger.Restarting(PodName, Name, exitCode, delay);
            Update(snapshot => Ended(snapshot, delay));
        }

        try
        {
            await Task.Delay(delay, _context.Time, stop);
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            return;
        }

        if (code is not null)
        {
            Update(snapshot => snapshot with { RestartCount = snapshot.RestartCount + 1 });
        }
    }

    private ContainerSnapshot Ended(ContainerSnapshot snapshot, TimeSpan delay)
    {
        var message = delay == TimeSpan.Zero ? null : $"back-off {delay.TotalSeconds:0}s restarting failed container={Name} pod={_pod.Pod.Metadata.Name}";
        var waiting = ContainerSnapshot.Waiting(delay == TimeSpan.Zero ? "ContainerCreating" : "CrashLoopBackOff", message);
        return waiting with { LastState = snapshot.State, RestartCount = snapshot.RestartCount, ContainerId = snapshot.ContainerId };
    }

    private ContainerSnapshot Running(ContainerSnapshot snapshot, string id, DateTime startedAt)
    {
        var started = _container.StartupProbe is null;
        return snapshot with
        {
            State = new V1ContainerState { Running = new V1ContainerStateRunning { StartedAt = startedAt } },
            ContainerId = id,
            Started = started,
            Ready = started && _container.ReadinessProbe is null,
        };
    }

    private static ContainerSnapshot Terminated(ContainerSnapshot snapshot, string id, int code, DateTime startedAt, DateTime finishedAt) => snapshot with
    {
        State = new V1ContainerState
        {
            Terminated = new V1ContainerStateTerminated
            {
                ContainerID = id,
                ExitCode = code,
                Reason = code == 0 ? "Completed" : "Error",
                StartedAt = startedAt,
                FinishedAt = finishedAt,
            },
        },
        Started = false,
        Ready = false,
    };

    private void Update(Func<ContainerSnapshot, ContainerSnapshot> change)
    {
        lock (_lock)
        {
            _snapshot = change(_snapshot);
        }

        _changed();
    }

    private DateTime Now() => KubeTime.Seconds(_context.Time);
}
