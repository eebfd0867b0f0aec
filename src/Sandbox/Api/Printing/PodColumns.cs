using System.Text.Json.Nodes;
using Knative.Xds.Sandbox.Api.Json;

namespace Knative.Xds.Sandbox.Api.Printing;

/// <summary>The columns of pods; Status is a summary of phase and container states, in the order of precedence that kubectl users know.</summary>
internal static class PodColumns
{
    private const string None = "<none>";

    public static readonly IReadOnlyList<Column> All =
    [
        BuiltInColumns.Name,
        BuiltInColumns.Text("Ready", (value, _) => Ready(value)),
        BuiltInColumns.Text("Status", (value, _) => Status(value)),
        BuiltInColumns.Text("Restarts", Restarts),
        BuiltInColumns.Age,
        BuiltInColumns.Wide("IP", (value, _) => value.Text("status.podIP") is { Length: > 0 } ip ? ip : None),
        BuiltInColumns.Wide("Node", (value, _) => value.Text("spec.nodeName") is { Length: > 0 } node ? node : None),
        BuiltInColumns.Wide("Nominated Node", (value, _) => value.Text("status.nominatedNodeName") is { Length: > 0 } node ? node : None),
        BuiltInColumns.Wide("Readiness Gates", (value, _) => Gates(value)),
    ];

    private static string Ready(JsonObject pod)
    {
        var ready = pod.Objects("status.containerStatuses").Count(status => status.IsTrue("ready") && status.At("state.running") is not null);
        return $"{ready}/{pod.Objects("spec.containers").Count()}";
    }

    private static string Status(JsonObject pod)
    {
        var status = pod.Text("status.reason") is { Length: > 0 } why ? why : pod.Text("status.phase") ?? "";
        var running = false;
        foreach (var container in pod.Objects("status.containerStatuses").Reverse())
        {
            status = Problem(container) ?? status;
            running |= container.IsTrue("ready") && container.At("state.running") is not null;
        }

        if (status == "Completed" && running)
        {
            status = IsReady(pod) ? "Running" : "NotReady";
        }

        var stopped = pod.Text("status.phase") is "Succeeded" or "Failed";
        return pod.At("metadata.deletionTimestamp") is null || stopped ? status : pod.Text("status.reason") == "NodeLost" ? "Unknown" : "Terminating";
    }

    private static string? Problem(JsonObject container)
    {
        if (container.Text("state.waiting.reason") is { Length: > 0 } waiting)
        {
            return waiting;
        }

        if (container.At("state.terminated") is not { } ended)
        {
            return null;
        }

        return ended.Text("reason") is { Length: > 0 } reason ? reason
            : ended.Number("signal") is > 0 and var signal ? $"Signal:{signal}"
            : $"ExitCode:{ended.Number("exitCode") ?? 0}";
    }

    private static bool IsReady(JsonObject pod) => pod.Objects("status.conditions").Any(condition => condition.Text("type") == "Ready" && condition.Text("status") == "True");

    private static string Restarts(JsonObject pod, DateTimeOffset now)
    {
        var statuses = pod.Objects("status.containerStatuses").ToList();
        var count = statuses.Sum(status => status.Number("restartCount") ?? 0);
        var last = statuses.Select(status => status.Text("lastState.terminated.finishedAt")).OfType<string>().Max(StringComparer.Ordinal);
        return count > 0 && last is not null ? $"{count} ({Ages.Since(last, now)} ago)" : $"{count}";
    }

    private static string Gates(JsonObject pod)
    {
        var gates = pod.Objects("spec.readinessGates").Select(gate => gate.Text("conditionType")).ToList();
        var passed = gates.Count(gate => pod.Objects("status.conditions").Any(condition => condition.Text("type") == gate && condition.Text("status") == "True"));
        return gates.Count == 0 ? None : $"{passed}/{gates.Count}";
    }
}
