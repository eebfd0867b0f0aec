namespace Knative.Xds.Scenarios.Proxying;

/// <summary>What ours and the peer's program run on.</summary>
internal interface IProxyStage : IAsyncDisposable
{
    /// <summary>How our program is started.</summary>
    ProxyCandidate Own(string program);

    /// <summary>How the peer's is.</summary>
    ProxyCandidate Peer(string program);
}
