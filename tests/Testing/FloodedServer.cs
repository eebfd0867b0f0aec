using System.Net;

namespace Knative.Xds.Testing;

/// <summary>A service on a real socket, for <see cref="Http2FloodRules"/>.</summary>
public sealed record FloodedServer : IAsyncDisposable
{
    /// <value>Where it takes requests.</value>
    public required IPEndPoint EndPoint { get; init; }

    /// <value>Asks for paths over HTTP/2, on connections of its own.</value>
    public required HttpClient Client { get; init; }

    /// <value>What its <c>/metrics</c> say now.</value>
    public required Func<Task<string>> MetricsAsync { get; init; }

    /// <value>Name of the metric that counts who is turned away.</value>
    public required string Refused { get; init; }

    /// <value>Whether it has no request inside and holds nothing for any.</value>
    public required Func<Task<bool>> IsIdleAsync { get; init; }

    /// <value>What it is made of, the outermost first.</value>
    public required IReadOnlyList<IAsyncDisposable> Parts { get; init; }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        foreach (var part in Parts)
        {
            await part.DisposeAsync().ConfigureAwait(false);
        }
    }
}
