namespace Knative.Xds.Scenarios.Proxying;

/// <summary>What client, proxy and user speak.</summary>
internal enum ProxyProtocol
{
    Http1,
    H2c,
}
