namespace Knative.Xds.Exchanges;

/// <summary>The text that a response gets appended when the request's time is over.</summary>
internal static class LateText
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    /// <summary>Appends it. Who has not taken what came before is not waited for: his request is over.</summary>
    public static async Task AppendAsync(HttpContext context, ReadOnlyMemory<byte> text, TimeProvider time)
    {
        using var patience = new CancellationTokenSource(Patience, time);
        try
        {
            await context.Response.Body.WriteAsync(text, patience.Token);
        }
        catch (OperationCanceledException) when (patience.IsCancellationRequested)
        {
            context.Abort();
        }
    }
}
