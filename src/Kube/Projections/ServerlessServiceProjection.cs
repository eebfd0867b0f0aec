using Knative.Xds.Core.Model;
using Knative.Xds.Kube.Api;
using Knative.Xds.Kube.Client;

namespace Knative.Xds.Kube.Projections;

/// <summary>SKS to <see cref="ServerlessServiceState"/>.</summary>
/// <remarks>Pure, total. Source: knative/networking pkg/apis/networking/v1alpha1/serverlessservice_validation.go.</remarks>
public static class ServerlessServiceProjection
{
    /// <summary>Projects one object. There is always a value: what is invalid counts as proxy mode, all activators, HTTP/1.1, by which every request arrives.</summary>
    public static Projected<ServerlessServiceState> Project(ServerlessService service)
    {
        var key = KubeJson.KeyOf(service);
        var problems = new ProblemList(key);
        var value = new ServerlessServiceState
        {
            Key = key,
            Mode = Mode(service.Spec?.Mode, problems),
            Protocol = Protocol(service.Spec?.ProtocolType, problems),
            NumActivators = Activators(service.Spec?.NumActivators ?? 0, problems),
            PrivateServiceName = service.Status?.PrivateServiceName ?? "",
        };
        return new Projected<ServerlessServiceState>(value, problems.ToImmutable());
    }

    private static SksMode Mode(string? mode, ProblemList problems)
    {
        if (mode is not ("Serve" or "Proxy"))
        {
            problems.Invalid("spec.mode", $"must be Serve or Proxy, but is \"{mode}\"");
        }

        return mode == "Serve" ? SksMode.Serve : SksMode.Proxy;
    }

    private static AppProtocol Protocol(string? protocol, ProblemList problems)
    {
        if (protocol is not ("http1" or "h2c"))
        {
            problems.Invalid("spec.protocolType", $"must be http1 or h2c, but is \"{protocol}\"");
        }

        return protocol == "h2c" ? AppProtocol.H2C : AppProtocol.Http1;
    }

    private static int Activators(int count, ProblemList problems)
    {
        if (count < 0)
        {
            problems.Invalid("spec.numActivators", $"must not be negative, but is {count}");
        }

        return Math.Max(0, count);
    }
}
