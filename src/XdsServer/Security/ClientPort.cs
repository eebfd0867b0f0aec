namespace Knative.Xds.XdsServer.Security;

/// <summary>Marks connections that came by the port for gRPC clients.</summary>
internal sealed class ClientPort
{
    public static ClientPort Mark { get; } = new();
}
