using System.Text.Json;
using k8s.Models;
using Knative.Xds.Activation;
using Knative.Xds.Activation.Revisions;
using Knative.Xds.Core.Model;
using Knative.Xds.Core.Wire;
using Knative.Xds.Exchanges;
using Knative.Xds.Kube.Api;

namespace Knative.Xds.Activator.Tests.Revisions;

public sealed class RevisionReaderTests
{
    private static readonly JsonElement Something = JsonSerializer.SerializeToElement(new { command = "true" });
    private readonly ActivatorOptions _options = new() { RequestTimeout = TimeSpan.FromSeconds(300) };

    [Fact]
    public void Read_Revision_GivesItsLimitsLabelsAndProtocol()
    {
        var revision = RevisionReader.Read(
            new ServingRevision
            {
                Metadata = Meta(),
                Spec = new ServingRevisionSpec { ContainerConcurrency = 7, TimeoutSeconds = 20, ResponseStartTimeoutSeconds = 3, IdleTimeoutSeconds = 4, Containers = [new ServingContainer { Ports = [new ServingPort { Name = "h2c" }] }] },
            },
            _options);

        Assert.Equal(
            new Revision(new ObjectKey("default", "hello-00001"), 7, AppProtocol.H2C)
            {
                Service = "hello",
                Configuration = "hello-config",
                FullDuplex = true,
                Timeouts = new TimeLimits(TimeSpan.FromSeconds(20), TimeSpan.FromSeconds(3), TimeSpan.FromSeconds(4)),
            },
            revision);
    }

    [Fact]
    public void Read_RevisionWithoutLimits_GivesTheDefaults() => Assert.Equal(
        (0, AppProtocol.Http1, true, new TimeLimits(TimeSpan.FromSeconds(300), TimeSpan.Zero, TimeSpan.Zero)),
        Facts(RevisionReader.Read(new ServingRevision { Metadata = Meta() }, _options)));

    [Fact]
    public void Read_PodAutoscaler_GivesWhatItHas() => Assert.Equal(
        (5, AppProtocol.H2C, true, new TimeLimits(TimeSpan.FromSeconds(300), TimeSpan.Zero, TimeSpan.Zero)),
        Facts(RevisionReader.Read(new PodAutoscaler { Metadata = Meta(), Spec = new PodAutoscalerSpec { ContainerConcurrency = 5, ProtocolType = "h2c" } }, _options)));

    [Fact]
    public void Read_ProbeOnlyTheKubeletCanMake_DoesNotTrustOurs()
    {
        var executed = new ServingContainer { ReadinessProbe = new ServingProbe { Exec = Something } };
        var http = new ServingContainer { Ports = [new ServingPort()], ReadinessProbe = new ServingProbe() };
        var starting = new ServingContainer { StartupProbe = Something };

        Assert.False(Trusts(executed));
        Assert.True(Trusts(http));
        Assert.False(Trusts(http, starting));
        // Only the serving container's readiness counts.
        Assert.True(Trusts(http, executed));
    }

    private bool Trusts(params ServingContainer[] containers) =>
        RevisionReader.Read(new ServingRevision { Metadata = Meta(), Spec = new ServingRevisionSpec { Containers = [.. containers] } }, _options).TrustsProbes;

    private static (int, AppProtocol, bool, TimeLimits) Facts(Revision revision) => (revision.ContainerConcurrency, revision.Protocol, revision.TrustsProbes, revision.Timeouts);

    private static V1ObjectMeta Meta() => new()
    {
        NamespaceProperty = "default",
        Name = "hello-00001",
        Annotations = new Dictionary<string, string> { ["features.knative.dev/http-full-duplex"] = "Enabled" },
        Labels = new Dictionary<string, string> { [Labels.Service] = "hello", [Labels.Configuration] = "hello-config" },
    };
}
