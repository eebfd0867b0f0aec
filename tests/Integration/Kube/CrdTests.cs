using System.Diagnostics;
using k8s.Models;
using Knative.Xds.Core.Model;
using Knative.Xds.Kube.Api;
using Knative.Xds.Kube.Client;
using Knative.Xds.Kube.Crds;
using Knative.Xds.Testing;

namespace Knative.Xds.Integration.Kube;

/// <summary>Our CRDs in a real kube-apiserver.</summary>
public sealed class CrdTests(RealApiServer api) : IClassFixture<RealApiServer>
{
    private static readonly CancellationToken None = CancellationToken.None;

    [Fact]
    public async Task EnsureAsync_Twice_AllCrdsHaveStructuralSchemas()
    {
        await CrdInstaller.EnsureAsync(api.Client, None);
        await CrdInstaller.EnsureAsync(api.Client, None);
        var crds = await api.Client.ListAsync<V1CustomResourceDefinition>(new ObjectQuery(LabelSelector: "knative.dev/crd-install=true"), null, None);
        Assert.Equal(4, crds.Items.Count);
        Assert.All(crds.Items, crd => Assert.DoesNotContain(crd.Status.Conditions, condition => condition is { Type: "NonStructuralSchema", Status: "True" }));
    }

    [Fact]
    public async Task KIngress_EveryField_SurvivesTheRoundTripAndStatusIsSeparate()
    {
        await CrdInstaller.EnsureAsync(api.Client, None);
        var made = await api.Client.CreateAsync(Ingress(), None);
        Assert.Equal("http", made.Spec.Rules![0].Http!.Paths![0].Splits![0].ServicePort!.ToString());
        Assert.Equal("80", made.Spec.Rules![0].Http!.Paths![0].Splits![1].ServicePort!.ToString());
        Assert.Equal("tag", made.Spec.Rules![0].Http!.Paths![0].Headers!["Knative-Serving-Tag"].Exact);
        Assert.Null(made.Status);

        made.Status = new KIngressStatus
        {
            ObservedGeneration = made.Metadata.Generation,
            Conditions = [new Condition { Type = "Ready", Status = "True", LastTransitionTime = new DateTime(2026, 1, 2, 3, 4, 5, DateTimeKind.Utc) }],
            PublicLoadBalancer = new LoadBalancerStatus { Ingress = [new LoadBalancerIngress { DomainInternal = "gateway.system.svc" }] },
        };
        made.Spec.HttpOption = "Redirected";
        var written = await api.Client.ReplaceStatusAsync(made, None);
        Assert.Equal("Enabled", written.Spec.HttpOption);
        Assert.Equal(made.Status.Conditions[0], written.Status!.Conditions![0]);
        Assert.Equal("gateway.system.svc", written.Status.PublicLoadBalancer!.Ingress![0].DomainInternal);
    }

    [Fact]
    public async Task Create_SplitWithoutService_RefusedByTheSchema()
    {
        await CrdInstaller.EnsureAsync(api.Client, None);
        var ingress = Ingress();
        ingress.Metadata.Name = "refused";
        ingress.Spec.Rules![0].Http!.Paths![0].Splits![0].ServiceName = null;
        var refusal = await Assert.ThrowsAsync<KubeException>(() => api.Client.CreateAsync(ingress, None));
        Assert.Contains("spec.rules[0].http.paths[0].splits[0].serviceName", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task OtherKinds_CreateAndStatus_Accepted()
    {
        await CrdInstaller.EnsureAsync(api.Client, None);
        var metadata = new V1ObjectMeta { NamespaceProperty = "default", Name = "rev" };
        var autoscaler = await api.Client.CreateAsync(new PodAutoscaler
        {
            Metadata = metadata,
            Spec = new PodAutoscalerSpec { ProtocolType = "http1", ScaleTargetRef = new ScaleTargetRef { ApiVersion = "apps/v1", Kind = "Deployment", Name = "rev-deployment" } },
        }, None);
        autoscaler.Status = new PodAutoscalerStatus { DesiredScale = -1, ActualScale = 0 };
        Assert.Equal(-1, (await api.Client.ReplaceStatusAsync(autoscaler, None)).Status!.DesiredScale);
        var metric = await api.Client.CreateAsync(new Metric { Metadata = metadata, Spec = new MetricSpec { StableWindow = 60_000_000_000, PanicWindow = 6_000_000_000 } }, None);
        Assert.Equal(60_000_000_000, metric.Spec.StableWindow);
        var service = await api.Client.CreateAsync(new ServerlessService
        {
            Metadata = metadata,
            Spec = new ServerlessServiceSpec { Mode = "Proxy", ProtocolType = "h2c", NumActivators = 2, ObjectRef = new V1ObjectReference { ApiVersion = "apps/v1", Kind = "Deployment", Name = "rev-deployment" } },
        }, None);
        Assert.Equal("rev-deployment", service.Spec.ObjectRef!.Name);
        Assert.True(await api.Client.DeleteAsync<ServerlessService>(new ObjectKey("default", "rev"), None));
    }

    [Fact]
    public async Task Kubectl_ShortNamesColumnsAndExplain_Work()
    {
        await CrdInstaller.EnsureAsync(api.Client, None);
        var ingress = Ingress();
        (ingress.Metadata.Name, ingress.Metadata.NamespaceProperty) = ("shown", "kube-public");
        ingress.Spec.Rules![0].Http!.Paths![0].Splits!.ForEach(split => split.ServiceNamespace = "kube-public");
        var made = await api.Client.CreateAsync(ingress, None);
        made.Status = new KIngressStatus { Conditions = [new Condition { Type = "Ready", Status = "False", Reason = "Broken" }] };
        await api.Client.ReplaceStatusAsync(made, None);
        Assert.Matches(@"NAME\s+READY\s+REASON\s+shown\s+False\s+Broken", await KubectlAsync("get", "king", "-n", "kube-public"));
        Assert.Contains("by number or by name", await KubectlAsync("explain", "kingress.spec.rules.http.paths.splits.servicePort"), StringComparison.Ordinal);
        Assert.Contains("scales the pods of a revision", await KubectlAsync("explain", "kpa"), StringComparison.Ordinal);
        Assert.Contains("shown", await KubectlAsync("get", "networking", "-A"), StringComparison.Ordinal);
    }

    private async Task<string> KubectlAsync(params string[] arguments)
    {
        var start = new ProcessStartInfo(RealComponents.OrSkip(RealComponents.Kubectl, "kubectl")) { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var argument in (string[])["--kubeconfig", api.Kubeconfig, .. arguments])
        {
            start.ArgumentList.Add(argument);
        }

        using var process = Process.Start(start)!;
        var errors = process.StandardError.ReadToEndAsync();
        var output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        Assert.True(process.ExitCode == 0, await errors);
        return output;
    }

    private static KIngress Ingress() => new()
    {
        Metadata = new V1ObjectMeta { NamespaceProperty = "default", Name = "hello" },
        Spec = new KIngressSpec
        {
            HttpOption = "Enabled",
            Tls = [new KIngressTls { Hosts = ["hello.example.com"], SecretName = "tls", SecretNamespace = "default" }],
            Rules = [new KIngressRule { Hosts = ["hello.example.com"], Visibility = "ExternalIP", Http = new KIngressHttp { Paths = [Path()] } }],
        },
    };

    private static KIngressPath Path() => new()
    {
        Path = "/a",
        RewriteHost = "other.example.com",
        Headers = new Dictionary<string, KIngressHeaderMatch> { ["Knative-Serving-Tag"] = new() { Exact = "tag" } },
        AppendHeaders = new Dictionary<string, string> { ["A"] = "1" },
        Splits =
        [
            new KIngressSplit { ServiceNamespace = "default", ServiceName = "a", ServicePort = "http", Percent = 60 },
            new KIngressSplit { ServiceNamespace = "default", ServiceName = "b", ServicePort = 80, Percent = 40, AppendHeaders = new Dictionary<string, string> { ["B"] = "2" } },
        ],
    };
}
