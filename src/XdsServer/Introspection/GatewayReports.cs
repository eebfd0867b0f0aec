using System.Collections.Immutable;

namespace Knative.Xds.XdsServer.Introspection;

/// <summary>Tells what the connected nodes have, by asking their streams: it costs nothing while nobody wants to know.</summary>
internal sealed class GatewayReports(StreamDirectory directory, TimeProvider time)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    /// <summary>The nodes, longest connected first.</summary>
    /// <param name="wanted">Which of them.</param>
    /// <param name="all">Whether the resources that are as they should be are listed too.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public async Task<ImmutableArray<GatewayReport>> CollectAsync(Func<StreamRecord, bool> wanted, bool all, CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(Patience, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, limit.Token);
        return [.. await Task.WhenAll(directory.Streams.Where(wanted).Select(stream => AskAsync(stream, all, either.Token)))];
    }

    private static async Task<GatewayReport> AskAsync(StreamRecord stream, bool all, CancellationToken cancellationToken)
    {
        try
        {
            return new(stream, await stream.AskAsync(all, cancellationToken));
        }
        catch (OperationCanceledException)
        {
            return new(stream, null);
        }
    }
}
