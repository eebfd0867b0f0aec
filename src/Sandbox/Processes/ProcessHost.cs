using System.Collections.Concurrent;
using System.ComponentModel;
using System.Diagnostics;

namespace Knative.Xds.Sandbox.Processes;

/// <summary>Starts programs that never outlive this process, not even when it is killed.</summary>
/// <remarks>Threading: safe. Linux only. Disposal kills what still runs.</remarks>
public sealed class ProcessHost : IAsyncDisposable
{
    private readonly TimeProvider _time;
    private readonly Lazy<OrphanGuard> _guard = new(() => new OrphanGuard());
    private readonly ConcurrentDictionary<int, ChildProcess> _running = new();
    private volatile bool _disposed;

    /// <summary>Makes a host; nothing is started before the first <see cref="Start"/>.</summary>
    public ProcessHost(TimeProvider time) => _time = time;

    /// <summary>Starts a program.</summary>
    /// <remarks>Errors: <see cref="ProcessStartException"/> when its file or working directory is missing or cannot be executed.</remarks>
    public ChildProcess Start(ChildProcessStart start)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        var process = Launch(StartInfo(start));
        var guard = _guard.Value;
        guard.Add(process.Id);
        var output = Task.WhenAll(
            LinePump.RunAsync(process.StandardOutput.BaseStream, start.OnOutput),
            LinePump.RunAsync(process.StandardError.BaseStream, start.OnError));
        process.StandardInput.Close();
        var child = new ChildProcess(process, output, _time, ended => guard.Remove(ended.Id));
        _running[child.Id] = child;
        _ = ForgetAsync(child);
        if (_disposed)
        {
            child.Kill();
        }

        return child;
    }

    /// <summary>Kills what still runs.</summary>
    public async ValueTask DisposeAsync()
    {
        _disposed = true;
        foreach (var child in _running.Values)
        {
            child.Kill();
            await child.Exited;
        }

        if (_guard.IsValueCreated)
        {
            _guard.Value.Dispose();
        }
    }

    private async Task ForgetAsync(ChildProcess child)
    {
        await child.Exited;
        _running.TryRemove(KeyValuePair.Create(child.Id, child));
    }

    private ProcessStartInfo StartInfo(ChildProcessStart start)
    {
        if (start.WorkingDirectory is { } folder && !Directory.Exists(folder))
        {
            throw new ProcessStartException($"working directory \"{folder}\" does not exist");
        }

        // setsid(1) replaces itself by the program, so the process id stays the one that we see.
        var info = new ProcessStartInfo("setsid")
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = start.WorkingDirectory ?? "",
        };
        SetEnvironment(info, start.Environment);
        info.Environment.TryGetValue("PATH", out var searchPath);
        info.ArgumentList.Add(ExecutablePath.Resolve(start.Command[0], start.WorkingDirectory, searchPath));
        foreach (var argument in start.Command.Skip(1))
        {
            info.ArgumentList.Add(argument);
        }

        return info;
    }

    private void SetEnvironment(ProcessStartInfo info, IReadOnlyDictionary<string, string>? environment)
    {
        if (environment is not null)
        {
            info.Environment.Clear();
            foreach (var (name, value) in environment)
            {
                info.Environment[name] = value;
            }
        }

        info.Environment[OrphanGuard.MarkVariable] = _guard.Value.Mark;
    }

    private static Process Launch(ProcessStartInfo info)
    {
        try
        {
            return Process.Start(info) ?? throw new ProcessStartException($"{info.ArgumentList[0]} did not start");
        }
        catch (Exception error) when (error is Win32Exception or IOException)
        {
            throw new ProcessStartException($"{info.ArgumentList[0]}: {error.Message}", error);
        }
    }
}
