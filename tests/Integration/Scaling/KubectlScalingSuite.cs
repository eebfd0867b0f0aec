using Knative.Xds.Integration.Api;

namespace Knative.Xds.Integration.Scaling;

/// <summary>What <c>kubectl get kpa,sks</c> prints, column by column as with upstream's CRDs.</summary>
public abstract class KubectlScalingSuite(IApiUnderTest api)
{
    private const string Manifests = """
        apiVersion: autoscaling.internal.knative.dev/v1alpha1
        kind: PodAutoscaler
        metadata:
          name: hello
        spec:
          protocolType: http1
          scaleTargetRef:
            apiVersion: apps/v1
            kind: Deployment
            name: hello-deployment
        ---
        apiVersion: networking.internal.knative.dev/v1alpha1
        kind: ServerlessService
        metadata:
          name: hello
        spec:
          mode: Proxy
          numActivators: 3
          protocolType: http1
          objectRef:
            apiVersion: apps/v1
            kind: Deployment
            name: hello-deployment
        ---
        apiVersion: autoscaling.internal.knative.dev/v1alpha1
        kind: Metric
        metadata:
          name: hello
        spec:
          stableWindow: 60000000000
          panicWindow: 6000000000
          scrapeTarget: hello-private
        """;

    private const string PaStatus = """{"status":{"serviceName":"hello","metricsServiceName":"hello-private","desiredScale":0,"actualScale":1,"conditions":[{"type":"Ready","status":"False","reason":"NoTraffic"}]}}""";
    private const string SksStatus = """{"status":{"serviceName":"hello","privateServiceName":"hello-private","conditions":[{"type":"Ready","status":"Unknown","reason":"NoHealthyBackends"}]}}""";

    private const string MetricStatus = """{"status":{"conditions":[{"type":"Ready","status":"False","reason":"CollectionFailed"}]}}""";

    [Fact]
    public async Task Get_KpaAndSks_PrintsUpstreamsColumns()
    {
        var space = $"scaling-{Guid.NewGuid():n}"[..16];
        var kubectl = new Kubectl(api.Kubeconfig, space);
        await kubectl.RunAsync("apply -f -", $"{{apiVersion: v1, kind: Namespace, metadata: {{name: {space}}}}}");
        await kubectl.RunAsync("apply -f -", Manifests);
        await kubectl.RunAsync($"patch kpa hello --subresource=status --type=merge -p '{PaStatus}'");
        await kubectl.RunAsync($"patch sks hello --subresource=status --type=merge -p '{SksStatus}'");
        await kubectl.RunAsync($"patch metrics.autoscaling.internal.knative.dev hello --subresource=status --type=merge -p '{MetricStatus}'");

        Assert.Equal(
            """
            NAME    DESIREDSCALE   ACTUALSCALE   READY   REASON
            hello   0              1             False   NoTraffic

            """,
            Plain(await kubectl.RunAsync("get kpa")),
            ignoreLineEndingDifferences: true);
        Assert.Equal(
            """
            NAME    MODE    ACTIVATORS   SERVICENAME   PRIVATESERVICENAME   READY     REASON
            hello   Proxy   3            hello         hello-private        Unknown   NoHealthyBackends

            """,
            Plain(await kubectl.RunAsync("get sks")),
            ignoreLineEndingDifferences: true);
        Assert.Equal(
            """
            NAME    READY   REASON
            hello   False   CollectionFailed

            """,
            Plain(await kubectl.RunAsync("get metrics.autoscaling.internal.knative.dev")),
            ignoreLineEndingDifferences: true);
        Assert.Equal("podautoscaler.autoscaling.internal.knative.dev/hello serverlessservice.networking.internal.knative.dev/hello", string.Join(' ', Names(await kubectl.RunAsync("get pa,sks -o name"))));
    }

    private static string[] Names(string output) => output.Split('\n', StringSplitOptions.RemoveEmptyEntries);

    private static string Plain(string output) => string.Join('\n', output.Split('\n').Select(line => line.TrimEnd()));
}
