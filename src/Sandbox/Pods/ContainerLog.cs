using System.Globalization;
using System.Text;
using Knative.Xds.Sandbox.Processes;

namespace Knative.Xds.Sandbox.Pods;

/// <summary>Output of one run of a container: a file of lines, each <c>instant stream F text</c> as the container runtimes write it.</summary>
/// <remarks>Threading: safe. Appending never waits for readers.</remarks>
internal sealed class ContainerLog : IDisposable
{
    private readonly StreamWriter _file;
    private readonly TimeProvider _time;
    private readonly Lock _lock = new();
    private TaskCompletionSource _changed = NewSignal();
    private bool _ended;

    public ContainerLog(string path, TimeProvider time)
    {
        Path = path;
        _time = time;
        Directory.CreateDirectory(System.IO.Path.GetDirectoryName(path)!);
        // A line goes out in one write, so that a follower never sees half of it.
        var file = new FileStream(path, FileMode.Create, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);
        _file = new StreamWriter(file, new UTF8Encoding(false), bufferSize: 2 * LinePump.LongestLine) { AutoFlush = true };
    }

    /// <summary>The file.</summary>
    public string Path { get; }

    /// <summary>Whether no more lines will come, and a task that completes when that or the file changes.</summary>
    public (bool Ended, Task Changed) Watch()
    {
        lock (_lock)
        {
            return (_ended, _changed.Task);
        }
    }

    /// <summary>Appends a line.</summary>
    public void Append(string stream, string line)
    {
        var now = _time.GetUtcNow().UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fffffff'00Z'", CultureInfo.InvariantCulture);
        lock (_lock)
        {
            if (!_ended)
            {
                _file.Write($"{now} {stream} F {line}\n");
                Signal();
            }
        }
    }

    /// <summary>Ends the log: followers finish.</summary>
    public void Dispose()
    {
        lock (_lock)
        {
            if (!_ended)
            {
                _ended = true;
                _file.Dispose();
                Signal();
            }
        }
    }

    private void Signal()
    {
        _changed.TrySetResult();
        _changed = NewSignal();
    }

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
