using System.Text.Json;
using Knative.Xds.QueueProxy.Probing;
using Knative.Xds.Testing;

namespace Knative.Xds.QueueProxy.Tests;

/// <summary>Environments that upstream's controller gave queue-proxies, read by ours.</summary>
[Trait(Vectors.Trait, Vectors.Category)]
public sealed class QueueEnvironmentVectorTests
{
    private const string PodIp = "10.0.0.7";

    [Fact]
    public void Read_RecordedEnvironments_AreWithoutProblemsAndMeanTheirRevision()
    {
        var read = 0;
        foreach (var item in VectorCases.OrSkip("queue-env.json.gz", "cases").Where(item => item.GetProperty("deployment").ValueKind == JsonValueKind.Object))
        {
            var variables = Variables(item.GetProperty("deployment"));
            var environment = new QueueEnvironment(variables.GetValueOrDefault);

            var options = environment.Read();

            Assert.True(environment.Problems.Count == 0, $"{item.Text("id")}: {string.Join("; ", environment.Problems)}");
            AssertMeans(item.GetProperty("revision"), options, item.Text("id")!);
            read++;
        }

        Assert.True(read > 0);
    }

    private static Dictionary<string, string> Variables(JsonElement deployment) => deployment.GetProperty("spec").GetProperty("template").GetProperty("spec").GetProperty("containers").EnumerateArray().Last()
        .GetProperty("env").EnumerateArray().ToDictionary(variable => variable.Text("name")!, Value);

    private static string Value(JsonElement variable)
    {
        if (!variable.TryGetProperty("valueFrom", out var source))
            return variable.TryGetProperty("value", out var value) ? value.GetString()! : "";
        return source.GetProperty("fieldRef").Text("fieldPath") switch
        {
            "metadata.name" => "the-pod",
            "status.podIP" => PodIp,
            _ => "10.0.0.1",
        };
    }

    private static void AssertMeans(JsonElement revision, QueueOptions options, string id)
    {
        var (metadata, spec) = (revision.GetProperty("metadata"), revision.GetProperty("spec"));
        Assert.Equal(
            (id, metadata.Text("namespace"), metadata.Text("name"), "the-pod", PodIp, Number(spec, "containerConcurrency"), Seconds(spec, "timeoutSeconds"), Seconds(spec, "responseStartTimeoutSeconds"), Seconds(spec, "idleTimeoutSeconds")),
            (id, options.Namespace, options.Revision, options.Pod, options.PodIp, options.ContainerConcurrency, options.Timeout, options.ResponseStartTimeout, options.IdleTimeout));
        var containers = spec.GetProperty("containers").EnumerateArray().ToList();
        var serving = containers.Count == 1 ? containers[0] : containers.Single(container => container.TryGetProperty("ports", out var ports) && ports.GetArrayLength() > 0);
        var probes = UserProbeParser.Parse(options.ReadinessProbe, "127.0.0.1");
        Assert.Equal((id, KindOf(serving)), (id, probes.Count == 0 ? UserProbeKind.None : probes[0].Kind));
    }

    // A command is run by the kubelet, and by the queue-proxy a connection is made instead. What was not defaulted may say nothing.
    private static UserProbeKind KindOf(JsonElement container) =>
        !container.TryGetProperty("readinessProbe", out var probe) ? UserProbeKind.None
        : probe.TryGetProperty("httpGet", out _) ? UserProbeKind.Http
        : probe.TryGetProperty("grpc", out _) ? UserProbeKind.Grpc
        : probe.TryGetProperty("tcpSocket", out _) || probe.TryGetProperty("exec", out _) ? UserProbeKind.Tcp
        : UserProbeKind.None;

    private static int Number(JsonElement spec, string name) => spec.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.Number ? value.GetInt32() : 0;

    private static TimeSpan Seconds(JsonElement spec, string name) => TimeSpan.FromSeconds(Number(spec, name));
}
