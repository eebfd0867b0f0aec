using Grpc.Core;
using Knative.Xds.XdsServer.Security;

namespace Knative.Xds.XdsServer.Guarding;

/// <summary>What all streams are held to.</summary>
internal sealed class StreamGuards(XdsServerOptions options, IdentityRules identities, SecurityMetrics metrics, TimeProvider time, ILogger<StreamGuards> logger)
{
    private const double Spread = 0.2;
    // More than a timer takes; whoever lives that long has been asked before.
    private static readonly TimeSpan LongestTimer = TimeSpan.FromDays(45);

    public XdsServerOptions Options => options;
    public IdentityRules Identities => identities;
    public SecurityMetrics Metrics => metrics;
    public TimeProvider Time => time;
    public ILogger Logger => logger;
    /// <summary>Streams by peer.</summary>
    public StreamCensus Peers { get; } = new();
    /// <summary>Streams by peer and node.</summary>
    public StreamCensus Nodes { get; } = new();

    /// <summary>When new streams may come in.</summary>
    public StreamPace Pace { get; } = new(options.NewStreamsPerSecond, options.NewStreamWait, time);

    /// <summary>How old a stream of a peer may become: until its certificate ends, and not all of a fleet at once. Null: as old as it likes.</summary>
    public TimeSpan? AgeOf(StreamPeer peer)
    {
        var left = peer.CertificateEnds - time.GetUtcNow();
        var spread = 1 + (Spread * ((2 * Random.Shared.NextDouble()) - 1));
        var age = options.MaxStreamAge > TimeSpan.Zero && options.MaxStreamAge * spread < left ? options.MaxStreamAge * spread : left;
        return age < LongestTimer ? age < TimeSpan.Zero ? TimeSpan.Zero : age : null;
    }

    /// <summary>Guards a new stream; dispose the guard when it ends.</summary>
    /// <exception cref="RpcException">Its peer has too many already.</exception>
    public StreamGuard Open(ServerCallContext context) => new(this, context.GetHttpContext());
}
