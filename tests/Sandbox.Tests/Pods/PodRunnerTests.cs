using System.Diagnostics;
using k8s.Models;
using Knative.Xds.Core.Model;
using Knative.Xds.Kube.Client;
using Knative.Xds.Testing;

namespace Knative.Xds.Sandbox.Tests.Pods;

/// <summary>What the runner does on any Kubernetes API; run on the embedded and on the real one.</summary>
public abstract class PodRunnerTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("kxds-pod-").FullName;

    protected abstract KubeClient Client { get; }

    protected abstract string Kubeconfig { get; }

    protected abstract string PodNetwork { get; }

    public void Dispose()
    {
        Directory.Delete(_folder, recursive: true);
        GC.SuppressFinalize(this);
    }

    [Fact]
    public async Task Pod_Started_IsRunningAndReadyWithExactStatus()
    {
        await using var pods = await StartAsync();
        await pods.CreateAsync(pods.Pod("a", "sleep 1000"));

        var pod = await pods.UntilAsync("a", IsReady);

        Assert.Equal("Running", pod.Status.Phase);
        Assert.StartsWith(PodNetwork[..4], pod.Status.PodIP, StringComparison.Ordinal);
        Assert.Equal([pod.Status.PodIP], pod.Status.PodIPs.Select(address => address.Ip));
        Assert.Equal("127.0.0.1", pod.Status.HostIP);
        Assert.Equal(
            ["ContainersReady=True", "Initialized=True", "PodScheduled=True", "Ready=True"],
            pod.Status.Conditions.Select(condition => $"{condition.Type}={condition.Status}").Order());
        var container = Assert.Single(pod.Status.ContainerStatuses);
        Assert.Equal(("main", true, true, 0), (container.Name, container.Ready, container.Started, container.RestartCount));
        Assert.NotNull(container.State.Running);
    }

    [Fact]
    public async Task Pod_Environment_ComesFromFieldsConfigMapsSecretsAndReferences()
    {
        await using var pods = await StartAsync();
        await Client.CreateAsync(new V1ConfigMap { Metadata = Named(pods, "config"), Data = new Dictionary<string, string> { ["key"] = "from-map" } }, CancellationToken.None);
        await Client.CreateAsync(new V1Secret { Metadata = Named(pods, "secret"), StringData = new Dictionary<string, string> { ["key"] = "from-secret" } }, CancellationToken.None);
        var pod = pods.Pod("a", "echo \"$NAME $IP $KXDS_POD_IP $LABEL $MAP $SECRET $JOINED $PREFIX_key $0 $PWD\"; sleep 1000", container =>
        {
            container.WorkingDir = "/usr";
            container.Args = ["arg-$(MAP)"];
            container.EnvFrom = [new V1EnvFromSource { Prefix = "PREFIX_", ConfigMapRef = new V1ConfigMapEnvSource { Name = "config" } }];
            container.Env =
            [
                Field("NAME", "metadata.name"), Field("IP", "status.podIP"), Field("LABEL", "metadata.labels['app']"),
                new V1EnvVar { Name = "MAP", ValueFrom = new V1EnvVarSource { ConfigMapKeyRef = new V1ConfigMapKeySelector { Name = "config", Key = "key" } } },
                new V1EnvVar { Name = "SECRET", ValueFrom = new V1EnvVarSource { SecretKeyRef = new V1SecretKeySelector { Name = "secret", Key = "key" } } },
                new V1EnvVar { Name = "JOINED", Value = "$(NAME)-$(MAP)-$(NONE)" },
            ];
        });
        await pods.CreateAsync(pod);

        var running = await pods.UntilAsync("a", IsReady);

        var ip = running.Status.PodIP;
        var expected = $"a {ip} {ip} a from-map from-secret a-from-map-$(NONE) from-map arg-from-map /usr\n";
        await Eventually.TrueAsync(async () => await LogsAsync(pods, "a") == expected, RunningPods.Limit);
    }

    [Fact]
    public async Task Pod_ReadinessProbe_FollowsIt()
    {
        await using var pods = await StartAsync();
        var file = Path.Combine(_folder, "ready");
        await pods.CreateAsync(pods.Pod("a", "sleep 1000", container => container.ReadinessProbe = new V1Probe
        {
            Exec = new V1ExecAction { Command = ["test", "-f", file] },
            PeriodSeconds = 1,
            FailureThreshold = 1,
        }));

        var unready = await pods.UntilAsync("a", pod => pod.Status?.ContainerStatuses?[0].State.Running is not null);
        Assert.Equal(("False", "ContainersNotReady", "containers with unready status: [main]"), Ready(unready));
        await File.WriteAllTextAsync(file, "", CancellationToken.None);
        await pods.UntilAsync("a", IsReady);
        File.Delete(file);
        await pods.UntilAsync("a", pod => !IsReady(pod));
    }

    [Fact]
    public async Task Pod_StartupAndLivenessProbes_HoldBackAndRestart()
    {
        await using var pods = await StartAsync();
        var started = Path.Combine(_folder, "started");
        var alive = Path.Combine(_folder, "alive");
        await File.WriteAllTextAsync(alive, "", CancellationToken.None);
        await pods.CreateAsync(pods.Pod("a", "exec sleep 1000", container =>
        {
            container.StartupProbe = new V1Probe { Exec = new V1ExecAction { Command = ["test", "-f", started] }, PeriodSeconds = 1, FailureThreshold = 100 };
            container.LivenessProbe = new V1Probe { Exec = new V1ExecAction { Command = ["test", "-f", alive] }, PeriodSeconds = 1, FailureThreshold = 1 };
        }));

        var waiting = await pods.UntilAsync("a", pod => pod.Status?.ContainerStatuses?[0].State.Running is not null);
        Assert.Equal((false, false), (waiting.Status.ContainerStatuses[0].Started, waiting.Status.ContainerStatuses[0].Ready));
        await File.WriteAllTextAsync(started, "", CancellationToken.None);
        await pods.UntilAsync("a", IsReady);
        File.Delete(alive);
        var restarted = await pods.UntilAsync("a", pod => pod.Status.ContainerStatuses[0].RestartCount > 0);

        Assert.Equal(143, restarted.Status.ContainerStatuses[0].LastState.Terminated.ExitCode);
    }

    [Fact]
    public async Task Pod_KeepsCrashing_BacksOffAsKubeletDoes()
    {
        await using var pods = await StartAsync();
        await pods.CreateAsync(pods.Pod("a", "echo crash $$$$; exit 3"));

        var pod = await pods.UntilAsync("a", candidate => candidate.Status?.ContainerStatuses?[0].State.Waiting?.Reason == "CrashLoopBackOff");

        var container = pod.Status.ContainerStatuses[0];
        Assert.Equal("Running", pod.Status.Phase);
        Assert.Equal(1, container.RestartCount);
        Assert.Equal("back-off 10s restarting failed container=main pod=a", container.State.Waiting.Message);
        Assert.Equal((3, "Error"), (container.LastState.Terminated.ExitCode, container.LastState.Terminated.Reason));
        Assert.NotEqual(await LogsAsync(pods, "a"), await LogsAsync(pods, "a", "--previous"));
    }

    [Fact]
    public async Task Pod_RestartPolicyNever_EndsAsSucceededOrFailed()
    {
        await using var pods = await StartAsync();
        foreach (var (name, code) in (List<(string, int)>)[("good", 0), ("bad", 4)])
        {
            var pod = pods.Pod(name, $"exit {code}");
            pod.Spec.RestartPolicy = "Never";
            await pods.CreateAsync(pod);
        }

        var good = await pods.UntilAsync("good", pod => pod.Status?.Phase == "Succeeded");
        var bad = await pods.UntilAsync("bad", pod => pod.Status?.Phase == "Failed");

        Assert.Equal("PodCompleted", Ready(good).Reason);
        Assert.Equal(4, bad.Status.ContainerStatuses[0].State.Terminated.ExitCode);
    }

    [Fact]
    public async Task Pod_InitContainers_RunOneAfterTheOtherFirst()
    {
        await using var pods = await StartAsync();
        var pod = pods.Pod("a", $"cat {_folder}/order; sleep 1000");
        pod.Spec.InitContainers =
        [
            new V1Container { Name = "first", Image = "none", Command = ["sh", "-c", $"sleep 0.2; echo first >> {_folder}/order"] },
            new V1Container { Name = "second", Image = "none", Command = ["sh", "-c", $"echo second >> {_folder}/order"] },
        ];
        await pods.CreateAsync(pod);

        await pods.UntilAsync("a", IsReady);

        await Eventually.TrueAsync(async () => await LogsAsync(pods, "a", "-c", "main") == "first\nsecond\n", RunningPods.Limit);
    }

    [Theory]
    [InlineData("nginx", null, "ErrImagePull", "container \"main\": no program is known for image \"nginx\" (known: kxds.dev/sleeper); containers run as local processes, so set its command")]
    [InlineData("none", "/no/such/program", "RunContainerError", "container \"main\": \"/no/such/program\": no such file")]
    public async Task Pod_CannotStart_SaysWhyInItsStatus(string image, string? program, string reason, string message)
    {
        await using var pods = await StartAsync();
        await pods.CreateAsync(pods.Pod("a", "", container => (container.Image, container.Command) = (image, program is null ? null : [program])));

        var pod = await pods.UntilAsync("a", candidate => candidate.Status?.ContainerStatuses?[0].State.Waiting?.Reason == reason);

        Assert.Equal(message, pod.Status.ContainerStatuses[0].State.Waiting.Message);
        Assert.Equal("Pending", pod.Status.Phase);
    }

    [Fact]
    public async Task Pod_MissingConfigMap_SaysWhichInItsStatus()
    {
        await using var pods = await StartAsync();
        await pods.CreateAsync(pods.Pod("a", "true", container => container.Env =
            [new V1EnvVar { Name = "X", ValueFrom = new V1EnvVarSource { ConfigMapKeyRef = new V1ConfigMapKeySelector { Name = "none", Key = "key" } } }]));

        var pod = await pods.UntilAsync("a", candidate => candidate.Status?.ContainerStatuses?[0].State.Waiting?.Reason == "CreateContainerConfigError");

        Assert.Equal("env X: ConfigMap \"none\" not found", pod.Status.ContainerStatuses[0].State.Waiting.Message);
    }

    [Fact]
    public async Task Pod_Deleted_RunsPreStopThenGetsSignalThenGoes()
    {
        await using var pods = await StartAsync();
        var order = Path.Combine(_folder, "order");
        await pods.CreateAsync(pods.Pod("a", $"trap 'echo term >> {order}; exit 0' TERM; touch {_folder}/up; while :; do sleep 0.05; done", container =>
            container.Lifecycle = new V1Lifecycle { PreStop = new V1LifecycleHandler { Exec = new V1ExecAction { Command = ["sh", "-c", $"echo prestop >> {order}"] } } }));
        await Eventually.TrueAsync(() => File.Exists(Path.Combine(_folder, "up")), RunningPods.Limit);

        await pods.DeleteAsync("a");

        await pods.UntilGoneAsync("a");
        Assert.Equal(["prestop", "term"], await File.ReadAllLinesAsync(order, CancellationToken.None));
    }

    [Fact]
    public async Task Pod_IgnoresSignal_IsKilledAfterItsGracePeriod()
    {
        await using var pods = await StartAsync();
        await pods.CreateAsync(pods.Pod("a", $"trap '' TERM; echo $$$$ > {_folder}/pid; while :; do sleep 0.05; done"));
        await pods.UntilAsync("a", IsReady);
        await Eventually.TrueAsync(() => File.Exists(Path.Combine(_folder, "pid")), RunningPods.Limit);

        await pods.DeleteAsync("a", new V1DeleteOptions { GracePeriodSeconds = 1 });

        await pods.UntilGoneAsync("a");
        Assert.False(Directory.Exists($"/proc/{(await File.ReadAllTextAsync(Path.Combine(_folder, "pid"), CancellationToken.None)).Trim()}"));
    }

    [Fact]
    public async Task Pods_TwoAtOnce_HaveAddressesOfTheirOwn()
    {
        await using var pods = await StartAsync();
        await pods.CreateAsync(pods.Pod("a", "sleep 1000"));
        await pods.CreateAsync(pods.Pod("b", "sleep 1000"));

        var a = await pods.UntilAsync("a", IsReady);
        var b = await pods.UntilAsync("b", IsReady);

        Assert.NotEqual(a.Status.PodIP, b.Status.PodIP);
    }

    [Fact]
    public async Task Pod_Unscheduled_IsClaimed()
    {
        await using var pods = await StartAsync(claim: true);
        var pod = pods.Pod("a", "sleep 1000");
        pod.Spec.NodeName = null;
        await pods.CreateAsync(pod);

        Assert.Equal(pods.Node, (await pods.UntilAsync("a", IsReady)).Spec.NodeName);
    }

    [Fact]
    public async Task Logs_FollowAndTail_AsKubectlShowsThem()
    {
        await using var pods = await StartAsync();
        var go = Path.Combine(_folder, "go");
        var pod = pods.Pod("a", $"echo one; echo two; echo three >&2; while [ ! -f {go} ]; do sleep 0.05; done; echo four");
        pod.Spec.RestartPolicy = "Never";
        await pods.CreateAsync(pod);
        await Eventually.TrueAsync(async () => (await LogsAsync(pods, "a")).Split('\n').Length == 4, RunningPods.Limit);

        var follower = LogsAsync(pods, "a", "-f");
        await File.WriteAllTextAsync(go, "", CancellationToken.None);

        // Standard output and error are two pipes: only within each is the order fixed.
        var lines = (await follower.Within(RunningPods.Limit)).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(["four", "one", "three", "two"], lines.Order(StringComparer.Ordinal));
        Assert.Equal("four\n", await LogsAsync(pods, "a", "--tail=1"));
    }

    [Fact]
    public async Task Runner_Stopped_EndsProcessesAndLeavesPods()
    {
        await using var pods = await StartAsync();
        await pods.CreateAsync(pods.Pod("a", $"echo $$$$ > {_folder}/pid; exec sleep 1000"));
        await pods.UntilAsync("a", IsReady);
        await Eventually.TrueAsync(() => File.Exists(Path.Combine(_folder, "pid")), RunningPods.Limit);

        await pods.StopAsync();

        Assert.False(Directory.Exists($"/proc/{(await File.ReadAllTextAsync(Path.Combine(_folder, "pid"), CancellationToken.None)).Trim()}"));
        Assert.NotNull(await pods.FindAsync("a"));
    }

    [Fact]
    public async Task Node_Registered_IsReadyWithLease()
    {
        await using var pods = await StartAsync();

        var lease = await Eventually.NotNullAsync(() => Client.FindAsync<V1Lease>(new ObjectKey("kube-node-lease", pods.Node), CancellationToken.None), RunningPods.Limit);
        var node = await Client.FindAsync<V1Node>(new ObjectKey("", pods.Node), CancellationToken.None);

        Assert.Equal(pods.Node, lease.Spec.HolderIdentity);
        Assert.Equal("True", node!.Status.Conditions.Single(condition => condition.Type == "Ready").Status);
        Assert.NotEqual(0, node.Status.DaemonEndpoints.KubeletEndpoint.Port);
    }

    protected static bool IsReady(V1Pod pod) => pod.Status?.Conditions?.Any(condition => condition is { Type: "Ready", Status: "True" }) == true;

    private static (string Status, string Reason, string Message) Ready(V1Pod pod)
    {
        var condition = pod.Status.Conditions.Single(candidate => candidate.Type == "Ready");
        return (condition.Status, condition.Reason, condition.Message);
    }

    private static V1EnvVar Field(string name, string path) =>
        new() { Name = name, ValueFrom = new V1EnvVarSource { FieldRef = new V1ObjectFieldSelector { FieldPath = path } } };

    private static V1ObjectMeta Named(RunningPods pods, string name) => new() { Name = name, NamespaceProperty = pods.Namespace };

    private Task<RunningPods> StartAsync(bool claim = false) => RunningPods.StartAsync(Client, PodNetwork, claim);

    private async Task<string> LogsAsync(RunningPods pods, string pod, params string[] options)
    {
        var start = new ProcessStartInfo(RealComponents.OrSkip(RealComponents.Kubectl, "kubectl")) { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var argument in (string[])["--kubeconfig", Kubeconfig, "logs", "-n", pods.Namespace, pod, .. options])
        {
            start.ArgumentList.Add(argument);
        }

        using var kubectl = Process.Start(start)!;
        var output = kubectl.StandardOutput.ReadToEndAsync(CancellationToken.None);
        var errors = kubectl.StandardError.ReadToEndAsync(CancellationToken.None);
        await kubectl.WaitForExitAsync(CancellationToken.None).Within(RunningPods.Limit);
        return await output + await errors;
    }
}
