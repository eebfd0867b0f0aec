using Knative.Xds.Kube.Client;

namespace Knative.Xds.Testing;

/// <summary>Clients of a Kubernetes API whose requests a test sees, and may answer itself.</summary>
public static class KubeClients
{
    /// <summary>A client that sends everything through <paramref name="handler"/>.</summary>
    public static KubeClient Through(HttpMessageHandler handler, Uri address) => new(new KubeTransport(handler, address, null, new KubeClientOptions()), new KubeClientOptions { UserAgent = "kxds-tests" });
}
