namespace Knative.Xds.Core.Networking;

/// <summary>How an authorization service is spoken to.</summary>
public enum AuthorizationProtocol
{
    /// <summary>Envoy's gRPC API.</summary>
    Grpc,
    /// <summary>HTTP.</summary>
    Http,
    /// <summary>HTTP with TLS.</summary>
    Https,
}
