namespace Knative.Xds.Limits;

/// <summary>The headers of a request as something that takes room.</summary>
internal static class HeaderBlock
{
    /// <summary>Bytes of a request's target and headers, as they came: a byte is a letter here.</summary>
    public static long SizeOf(HttpRequest request)
    {
        long size = (request.Path.Value?.Length ?? 0) + (request.QueryString.Value?.Length ?? 0);
        foreach (var (name, values) in request.Headers)
        {
            foreach (var value in values)
            {
                size += name.Length + (value?.Length ?? 0);
            }
        }

        return size;
    }
}
