using System.Text;
using Knative.Xds.Testing;

namespace Knative.Xds.Integration.Api;

/// <summary>A session with the real kubectl; what it prints is compared, word by word, with Goldens/kubectl-session.txt on both APIs.</summary>
/// <remarks>Set KXDS_UPDATE_GOLDENS to a folder to have the transcript of each API written there; the golden file is that of the real one.</remarks>
public abstract class KubectlSuite(IApiUnderTest api)
{
    private const string Manifest = """
        apiVersion: apps/v1
        kind: Deployment
        metadata:
          name: web
          labels:
            app: web
        spec:
          replicas: 0
          selector:
            matchLabels:
              app: web
          template:
            metadata:
              labels:
                app: web
            spec:
              containers:
              - name: main
                image: example.com/main:1
                env:
                - name: A
                  value: "1"
        ---
        apiVersion: v1
        kind: Service
        metadata:
          name: web
          labels:
            app: web
        spec:
          clusterIP: None
          ports:
          - name: http
            port: 80
        ---
        apiVersion: v1
        kind: ConfigMap
        metadata:
          name: settings
        data:
          color: red
        ---
        apiVersion: networking.internal.knative.dev/v1alpha1
        kind: Ingress
        metadata:
          name: web
        spec:
          rules:
          - hosts:
            - web.example.com
            visibility: ExternalIP
            http:
              paths:
              - splits:
                - serviceName: web
                  serviceNamespace: default
                  servicePort: 80
                  percent: 100
        """;

    private static readonly (string Command, string? Input, string? Editor)[] Session =
    [
        ("apply -f -", Manifest, null),
        ("apply -f -", Manifest, null),
        ("apply -f -", Manifest.Replace("color: red", "color: blue", StringComparison.Ordinal).Replace("value: \"1\"", "value: \"2\"", StringComparison.Ordinal), null),
        ("create -f -", "{apiVersion: v1, kind: ConfigMap, metadata: {name: typo}, dat: {a: '1'}}", null),
        ("create -f -", "{apiVersion: networking.internal.knative.dev/v1alpha1, kind: Ingress, metadata: {name: typo}, spec: {rulez: []}}", null),
        ("apply --dry-run=server -f -", Manifest, null),
        ("diff -f -", Manifest.Replace("color: red", "color: blue", StringComparison.Ordinal).Replace("value: \"1\"", "value: \"2\"", StringComparison.Ordinal), null),
        ("get deployments", null, null),
        ("get services,configmaps --field-selector metadata.name!=kube-root-ca.crt -l app=web", null, null),
        ("get king", null, null),
        ("get king web -o yaml", null, null),
        ("get deployment web -o yaml", null, null),
        ("get services -o yaml", null, null),
        ("get deployment web -o jsonpath={.spec.template.spec.containers[0].env[0].value}", null, null),
        ("get configmaps -A -l app=none", null, null),
        ("get pod none", null, null),
        ("describe king web", null, null),
        ("describe configmap settings", null, null),
        ("patch deployment web -p '{\"spec\":{\"template\":{\"spec\":{\"containers\":[{\"name\":\"main\",\"image\":\"example.com/main:2\"}]}}}}'", null, null),
        ("patch king web --type merge -p '{\"spec\":{\"httpOption\":\"Redirected\"}}'", null, null),
        ("patch king web --type json -p '[{\"op\":\"replace\",\"path\":\"/spec/httpOption\",\"value\":\"Enabled\"}]'", null, null),
        ("get king web -o jsonpath={.spec.httpOption}/{.metadata.generation}", null, null),
        ("label configmap settings tier=front", null, null),
        ("annotate configmap settings note=hello", null, null),
        ("get configmaps -l tier=front --show-labels", null, null),
        ("edit configmap settings", null, "sed -i s/blue/green/"),
        ("get configmap settings -o jsonpath={.data.color}", null, null),
        ("scale deployment web --replicas=2", null, null),
        ("get deployment web -o jsonpath={.spec.replicas}", null, null),
        ("scale deployment web --replicas=0", null, null),
        ("create -f -", "{apiVersion: v1, kind: ConfigMap, metadata: {name: made}, data: {a: '1'}}", null),
        ("create -f -", "{apiVersion: v1, kind: ConfigMap, metadata: {name: made}, data: {a: '1'}}", null),
        ("apply --server-side --field-manager=other -f -", "{apiVersion: v1, kind: ConfigMap, metadata: {name: made}, data: {a: '2'}}", null),
        ("apply --server-side --field-manager=other --force-conflicts -f -", "{apiVersion: v1, kind: ConfigMap, metadata: {name: made}, data: {a: '2'}}", null),
        ("wait --for=jsonpath={.data.a}=2 configmap/made --timeout=20s", null, null),
        ("explain king.spec", null, null),
        ("explain king.spec.rules.http.paths.splits.percent", null, null),
        ("api-resources --api-group=networking.internal.knative.dev", null, null),
        ("delete configmap made settings", null, null),
        ("delete king,service,deployment --all", null, null),
        ("wait --for=delete deployment/web --timeout=30s", null, null),
        ("get king,deployments,services", null, null),
    ];

    private static string Golden => Path.Combine(AppContext.BaseDirectory, "Goldens", "kubectl-session.txt");

    [Fact]
    public async Task Session_OfKubectl_PrintsWhatItPrintsElsewhere()
    {
        var space = $"kubectl-{Guid.NewGuid():n}"[..16];
        var kubectl = new Kubectl(api.Kubeconfig, space);
        await kubectl.RunAsync("apply -f -", $"{{apiVersion: v1, kind: Namespace, metadata: {{name: {space}}}}}");
        var transcript = new StringBuilder();
        foreach (var (command, input, editor) in Session)
        {
            var output = await kubectl.RunAsync(command, input, editor);
            transcript.Append("$ kubectl ").Append(command).Append('\n').Append(KubectlOutput.Normalise(WithoutForeign(output), space)).Append("\n\n");
        }

        if (Environment.GetEnvironmentVariable("KXDS_UPDATE_GOLDENS") is { } folder)
        {
            await File.WriteAllTextAsync(Path.Combine(folder, $"kubectl-session.{GetType().Name}.txt"), transcript.ToString(), TestContext.Current.CancellationToken);
        }

        Assert.Equal(await File.ReadAllTextAsync(Golden, TestContext.Current.CancellationToken), transcript.ToString(), ignoreLineEndingDifferences: true);
    }

    [Fact]
    public async Task Get_Watch_PrintsEachChange()
    {
        var space = $"kubectl-{Guid.NewGuid():n}"[..16];
        var kubectl = new Kubectl(api.Kubeconfig, space);
        await kubectl.RunAsync("apply -f -", $"{{apiVersion: v1, kind: Namespace, metadata: {{name: {space}}}}}");
        await kubectl.RunAsync("apply -f -", "{apiVersion: v1, kind: Secret, metadata: {name: one}, stringData: {a: '1'}}");
        using var watch = kubectl.Start("get secrets -w");
        try
        {
            Assert.Equal("NAME TYPE DATA AGE", Words(await NextLineAsync(watch)));
            Assert.StartsWith("one Opaque 1", Words(await NextLineAsync(watch)), StringComparison.Ordinal);
            await kubectl.RunAsync("apply -f -", "{apiVersion: v1, kind: Secret, metadata: {name: two}, stringData: {a: '1', b: '2'}}");
            Assert.StartsWith("two Opaque 2", Words(await NextLineAsync(watch)), StringComparison.Ordinal);
        }
        finally
        {
            watch.Kill();
            await watch.WaitForExitAsync(TestContext.Current.CancellationToken);
        }
    }

    private static async Task<string> NextLineAsync(System.Diagnostics.Process process) =>
        await process.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken).AsTask().Within(TimeSpan.FromSeconds(60)) ?? "";

    private static string Words(string line) => string.Join(' ', line.Split(' ', StringSplitOptions.RemoveEmptyEntries));

    // kubectl diff names temporary files and their times.
    private static string WithoutForeign(string output) =>
        string.Join('\n', output.Split('\n').Where(line => !line.StartsWith("diff -", StringComparison.Ordinal) && !line.StartsWith("--- /", StringComparison.Ordinal) && !line.StartsWith("+++ /", StringComparison.Ordinal) && !line.StartsWith("deployment.kubernetes.io/revision", StringComparison.Ordinal)));
}
