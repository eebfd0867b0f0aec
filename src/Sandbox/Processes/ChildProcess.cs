using System.Diagnostics;

namespace Knative.Xds.Sandbox.Processes;

/// <summary>A running program, leader of a session and process group of its own.</summary>
/// <remarks>When the program ends, whatever is left of its group is killed, as the end of a container's first process ends the container.
/// Threading: safe.</remarks>
public sealed class ChildProcess
{
    private static readonly TimeSpan DrainLimit = TimeSpan.FromMilliseconds(250);
    private readonly Process _process;
    private readonly TimeProvider _time;

    internal ChildProcess(Process process, Task output, TimeProvider time, Action<ChildProcess> ended)
    {
        _process = process;
        _time = time;
        Id = process.Id;
        Exited = WaitAsync(output, ended);
    }

    /// <summary>Process id, and id of its group.</summary>
    public int Id { get; }

    /// <summary>Exit code, once the program has ended; 128 + signal when a signal ended it.</summary>
    public Task<int> Exited { get; }

    /// <summary>Asks the group to end (SIGTERM), and after <paramref name="grace"/> ends it (SIGKILL). Returns the exit code.</summary>
    public async Task<int> TerminateAsync(TimeSpan grace)
    {
        Send(Signals.Terminate);
        try
        {
            return await Exited.WaitAsync(grace, _time);
        }
        catch (TimeoutException)
        {
            Kill();
            return await Exited;
        }
    }

    /// <summary>Ends the group at once (SIGKILL).</summary>
    public void Kill() => Send(Signals.Kill);

    /// <summary>Asks the group to end (SIGTERM) and does not wait.</summary>
    public void Terminate() => Send(Signals.Terminate);

    private void Send(int signal)
    {
        if (!_process.HasExited)
        {
            Signals.Send(Id, signal);
        }
    }

    private async Task<int> WaitAsync(Task output, Action<ChildProcess> ended)
    {
        await _process.WaitForExitAsync();
        Signals.SendToGroup(Id, Signals.Kill);
        ended(this);
        // The last lines belong to the run; a process that left the group may hold the pipe for ever.
        await Task.WhenAny(output, Task.Delay(DrainLimit, _time));
        return _process.ExitCode;
    }
}
