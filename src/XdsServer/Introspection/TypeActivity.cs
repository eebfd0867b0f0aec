namespace Knative.Xds.XdsServer.Introspection;

/// <summary>What has passed of one type on one stream.</summary>
/// <param name="Sent">Responses sent.</param>
/// <param name="Acked">Responses that the client took.</param>
/// <param name="Refused">Responses that it refused.</param>
/// <param name="LastSent">When the last one was sent; null before the first.</param>
/// <param name="LastAck">When the last one was taken.</param>
/// <param name="LastRefusal">When the last one was refused.</param>
/// <param name="LastRefusalMessage">The client's words for that; empty when there are none.</param>
internal sealed record TypeActivity(long Sent, long Acked, long Refused, DateTimeOffset? LastSent, DateTimeOffset? LastAck, DateTimeOffset? LastRefusal, string LastRefusalMessage)
{
    /// <summary>Before anything has passed.</summary>
    public static TypeActivity None { get; } = new(0, 0, 0, null, null, null, "");
}
