namespace Knative.Xds.Conformance.Proxyless;

/// <summary>gRPC clients that anyone can install.</summary>
public enum StockClient
{
    /// <summary>npm's <c>@grpc/grpc-js-xds</c>.</summary>
    Node,
    /// <summary>Debian's <c>python3-grpcio</c>: gRPC C++.</summary>
    Python,
}
