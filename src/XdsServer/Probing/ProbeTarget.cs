using System.Net;
using Knative.Xds.Core.Model;

namespace Knative.Xds.XdsServer.Probing;

/// <summary>One request that proves something: that a gateway serves a host of an ingress as its spec says now.</summary>
/// <param name="Ingress">The ingress.</param>
/// <param name="Hash">Hash of its spec.</param>
/// <param name="Gateway">Address and port of the gateway's listener.</param>
/// <param name="IsTls">Whether that listener speaks TLS.</param>
/// <param name="Host">The host.</param>
internal sealed record ProbeTarget(ObjectKey Ingress, string Hash, IPEndPoint Gateway, bool IsTls, string Host)
{
    private const string Path = "/healthz";

    /// <summary>Stands for the gateways that there are not yet.</summary>
    public static ProbeTarget Nobody(Ingress ingress) => new(ingress.Key, ingress.Hash, new IPEndPoint(IPAddress.None, 0), false, "");

    /// <summary>Whether it stands for nobody.</summary>
    public bool IsNobody => Gateway.Port == 0;

    /// <summary>What is asked for.</summary>
    public Uri Url => new($"{(IsTls ? "https" : "http")}://{Host}{Path}");
}
