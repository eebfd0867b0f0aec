namespace Knative.Xds.Activation.Forwarding.Plain;

/// <summary>How a response's body is to be read.</summary>
/// <param name="Length">Its length, <see cref="Chunked"/> or <see cref="UntilTheEnd"/>.</param>
/// <param name="IsKept">Whether the connection may carry another request afterwards.</param>
internal readonly record struct ResponseFraming(long Length, bool IsKept)
{
    /// <value>In chunks.</value>
    public const long Chunked = -1;
    /// <value>Until the connection ends.</value>
    public const long UntilTheEnd = -2;
}
