namespace Knative.Xds.QueueProxy.Draining;

/// <summary>Bounds what the headers of all requests inside have together.</summary>
/// <remarks>Threading: every member may be called from anywhere.</remarks>
internal sealed class HeaderBudget(long most)
{
    private long _held;

    /// <summary>Bytes of those inside.</summary>
    public long Held => Volatile.Read(ref _held);

    public bool TryTake(long bytes)
    {
        if (Interlocked.Add(ref _held, bytes) <= most)
            return true;
        Give(bytes);
        return false;
    }

    public void Give(long bytes) => Interlocked.Add(ref _held, -bytes);

    /// <summary>Bytes of a request's target and headers, as they came: a byte is a letter here.</summary>
    public static long SizeOf(HttpRequest request)
    {
        long size = (request.Path.Value?.Length ?? 0) + (request.QueryString.Value?.Length ?? 0);
        foreach (var (name, values) in request.Headers)
        {
            foreach (var value in values)
                size += name.Length + (value?.Length ?? 0);
        }

        return size;
    }
}
