using System.Text;
using Knative.Xds.Testing;

namespace Knative.Xds.Integration.Api;

/// <summary>Sessions with the real kubectl; what it prints is compared, word by word, with Goldens/kubectl-*.txt on both APIs.</summary>
/// <remarks>Set KXDS_UPDATE_GOLDENS to a folder to have the transcript of each API written there; the golden file is that of the real one.</remarks>
public abstract class KubectlSuite(IApiUnderTest api)
{
    private const string GoldenVersion = "1.36";

    [Theory]
    [InlineData("session")]
    [InlineData("kinds")]
    [InlineData("create")]
    public async Task Session_OfKubectl_PrintsWhatItPrintsElsewhere(string name)
    {
        var space = $"kubectl-{Guid.NewGuid():n}"[..16];
        var kubectl = new Kubectl(api.Kubeconfig, space);
        await kubectl.RequireVersionAsync(GoldenVersion);
        await kubectl.RunAsync("apply -f -", $"{{apiVersion: v1, kind: Namespace, metadata: {{name: {space}}}}}");
        var transcript = new StringBuilder();
        foreach (var (command, input, editor) in KubectlSessions.All[name])
        {
            var output = await WithoutRepairAsync(kubectl, () => kubectl.RunAsync(command.Replace("NAMESPACE", space, StringComparison.Ordinal), input?.Replace("NAMESPACE", space, StringComparison.Ordinal), editor));
            transcript.Append("$ kubectl ").Append(command).Append('\n').Append(KubectlOutput.Normalise(WithoutForeign(output), space)).Append("\n\n");
        }

        if (Environment.GetEnvironmentVariable("KXDS_UPDATE_GOLDENS") is { } folder)
        {
            await File.WriteAllTextAsync(Path.Combine(folder, $"kubectl-{name}.{GetType().Name}.txt"), transcript.ToString(), TestContext.Current.CancellationToken);
        }

        var golden = Path.Combine(AppContext.BaseDirectory, "Goldens", $"kubectl-{name}.txt");
        Assert.Equal(await File.ReadAllTextAsync(golden, TestContext.Current.CancellationToken), transcript.ToString(), ignoreLineEndingDifferences: true);
    }

    [Fact]
    public async Task Get_Watch_PrintsEachChange()
    {
        var space = $"kubectl-{Guid.NewGuid():n}"[..16];
        var kubectl = new Kubectl(api.Kubeconfig, space);
        await kubectl.RequireVersionAsync(GoldenVersion);
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

    // A busy kube-apiserver sees a Service before the address that it allocated itself, "repairs" it and tells so in an event.
    private static async Task<string> WithoutRepairAsync(Kubectl kubectl, Func<Task<string>> run)
    {
        const string Repair = "ClusterIPNotAllocated";
        var output = await run();
        while (output.Contains(Repair, StringComparison.Ordinal))
        {
            await kubectl.RunAsync($"delete events --field-selector reason={Repair}");
            output = await run();
        }

        return output;
    }

    private static async Task<string> NextLineAsync(System.Diagnostics.Process process) =>
        await process.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken).AsTask().Within(TimeSpan.FromSeconds(60)) ?? "";

    private static string Words(string line) => string.Join(' ', line.Split(' ', StringSplitOptions.RemoveEmptyEntries));

    // kubectl diff names temporary files and their times; only a cluster has quotas.
    private static readonly string[] Foreign = ["diff -", "--- /", "+++ /", "deployment.kubernetes.io/revision", "No resource quota.", "No LimitRange resource."];

    private static string WithoutForeign(string output) =>
        string.Join('\n', output.Split('\n').Where(line => !Array.Exists(Foreign, start => line.StartsWith(start, StringComparison.Ordinal)))).TrimEnd();
}
