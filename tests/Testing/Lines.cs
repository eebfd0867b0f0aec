using System.Text;

namespace Knative.Xds.Testing;

/// <summary>Stands for standard output: what a program has written, to be read while it writes on.</summary>
public sealed class Lines : MemoryStream
{
    private readonly Lock _gate = new();

    /// <summary>All that was written so far.</summary>
    public string Text
    {
        get
        {
            lock (_gate)
            {
                return Encoding.UTF8.GetString(ToArray());
            }
        }
    }

    /// <inheritdoc/>
    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        lock (_gate)
        {
            Write(buffer.Span);
        }

        return ValueTask.CompletedTask;
    }
}
