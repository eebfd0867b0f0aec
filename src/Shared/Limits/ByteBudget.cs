namespace Knative.Xds.Limits;

/// <summary>Bytes that many share.</summary>
/// <remarks>Threading: every member may be called from anywhere.</remarks>
internal sealed class ByteBudget(long most)
{
    private long _held;

    /// <summary>Bytes that are taken now.</summary>
    public long Held => Volatile.Read(ref _held);

    /// <summary>Takes so many, or none.</summary>
    public bool TryTake(long bytes)
    {
        if (Interlocked.Add(ref _held, bytes) <= most)
        {
            return true;
        }

        Give(bytes);
        return false;
    }

    /// <summary>Gives back what was taken.</summary>
    public void Give(long bytes) => Interlocked.Add(ref _held, -bytes);
}
