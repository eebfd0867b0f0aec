using System.Globalization;
using System.Text;

namespace Knative.Xds.Sandbox.Pods;

/// <summary>Copies the lines of a <see cref="ContainerLog"/> that a query asks for to a stream.</summary>
internal sealed class LogReader(ContainerLog log, LogQuery query, Stream output)
{
    private long _left = query.LimitBytes ?? long.MaxValue;

    public async Task CopyAsync(CancellationToken cancellationToken)
    {
        using var reader = new StreamReader(new FileStream(log.Path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete));
        // Asked before reading: a line that comes after the last read then completes the task.
        var (ended, changed) = log.Watch();
        await SendAsync(query.TailLines is { } count ? Tail(reader, count) : Lines(reader), cancellationToken);
        while (query.Follow && !ended && _left > 0)
        {
            await changed.WaitAsync(cancellationToken);
            (ended, changed) = log.Watch();
            await SendAsync(Lines(reader), cancellationToken);
        }
    }

    private async Task SendAsync(IEnumerable<string> lines, CancellationToken cancellationToken)
    {
        foreach (var line in lines)
        {
            if (Select(line) is not { } text || _left <= 0)
            {
                continue;
            }

            var bytes = Encoding.UTF8.GetBytes(text + "\n");
            var length = (int)Math.Min(bytes.Length, _left);
            _left -= length;
            await output.WriteAsync(bytes.AsMemory(0, length), cancellationToken);
        }

        await output.FlushAsync(cancellationToken);
    }

    // A line is "instant stream F text".
    private string? Select(string line)
    {
        var parts = line.Split(' ', 4);
        if (parts.Length < 4 || (query.Since is { } since && DateTimeOffset.Parse(parts[0], CultureInfo.InvariantCulture) < since))
        {
            return null;
        }

        return query.Timestamps ? $"{parts[0]} {parts[3]}" : parts[3];
    }

    private static IEnumerable<string> Lines(StreamReader reader)
    {
        while (reader.ReadLine() is { } line)
        {
            yield return line;
        }
    }

    private static Queue<string> Tail(StreamReader reader, int count)
    {
        var last = new Queue<string>();
        foreach (var line in Lines(reader))
        {
            last.Enqueue(line);
            if (last.Count > count)
            {
                last.Dequeue();
            }
        }

        return last;
    }
}
