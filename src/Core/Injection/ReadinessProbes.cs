using System.Text.Json.Nodes;
using Knative.Xds.Core.Configuration;

namespace Knative.Xds.Core.Injection;

/// <summary>The readiness probes that the sidecar runs in the kubelet's place.</summary>
/// <remarks>Source: knative/serving pkg/reconciler/revision/resources/queue.go, pkg/queue/readiness/probe_encoding.go.</remarks>
internal static class ReadinessProbes
{
    private const string Loopback = "127.0.0.1";
    private static readonly string[] Timings = ["initialDelaySeconds", "timeoutSeconds", "periodSeconds", "successThreshold", "failureThreshold"];

    /// <summary>The variable's value; empty when there is nothing to probe.</summary>
    /// <param name="revision">Whose containers are probed.</param>
    /// <param name="all">Whether the other containers are probed too; the value is then a list.</param>
    /// <remarks>Errors: <see cref="FormatException"/> when a sidecar's probe names no port.</remarks>
    public static string Encode(RevisionView revision, bool all)
    {
        var serving = revision.Serving.Object("readinessProbe") is { } probe ? Rewrite(probe, ProbePort(probe) is > 0 and var port ? port : revision.UserPort) : null;
        if (!all)
        {
            return serving is null ? "" : GoJson.Write(serving);
        }

        var probes = new JsonArray(serving);
        foreach (var sidecar in revision.Sidecars)
        {
            if (sidecar.Object("readinessProbe") is { } other && EncodeSidecar(sidecar, other) is { } rewritten)
            {
                probes.Add((JsonNode)rewritten);
            }
        }

        return GoJson.Write(probes);
    }

    /// <summary>The kubelet's probe of the sidecar: the user's timing, our question.</summary>
    public static JsonObject ForKubelet(JsonObject probe, int port)
    {
        var rewritten = (JsonObject)probe.DeepClone();
        foreach (var handler in (ReadOnlySpan<string>)["exec", "tcpSocket", "grpc", "httpGet"])
        {
            rewritten.Remove(handler);
        }

        rewritten.Insert(0, "httpGet", new JsonObject
        {
            ["port"] = port,
            ["httpHeaders"] = new JsonArray(new JsonObject { ["name"] = Wire.HeaderNames.NetworkProbe, ["value"] = Wire.ProbeValues.Queue }),
        });
        return rewritten;
    }

    // The kubelet runs exec probes itself, they are not ours to answer for.
    private static JsonObject? EncodeSidecar(JsonObject container, JsonObject probe)
    {
        if (ProbePort(probe) is > 0 and var port)
        {
            return Rewrite(probe, port);
        }

        return probe.Object("exec") is not null
            ? null
            : throw new FormatException($"{probe.GetPath()} of container {container.Text("name")} must name a port");
    }

    private static long ProbePort(JsonObject probe) =>
        probe.Object("httpGet").Port("port") is not 0 and var http ? http
        : probe.Object("tcpSocket").Port("port") is not 0 and var tcp ? tcp
        : Math.Max(0, probe.Object("grpc").Number("port") ?? 0);

    private static JsonObject Rewrite(JsonObject probe, long port)
    {
        var rewritten = new JsonObject();
        if (probe.Object("httpGet") is { } http)
        {
            rewritten["httpGet"] = Http(http, port);
        }
        else if (probe.Object("tcpSocket") is not null || probe.Object("exec") is not null)
        {
            rewritten["tcpSocket"] = new JsonObject { ["port"] = port, ["host"] = Loopback };
        }
        else if (probe.Object("grpc") is { } grpc)
        {
            rewritten["grpc"] = new JsonObject { ["port"] = port, ["service"] = grpc["service"] is null ? null : grpc.Text("service") };
        }

        AddTimings(rewritten, probe);
        return rewritten;
    }

    private static JsonObject Http(JsonObject http, long port)
    {
        var rewritten = new JsonObject();
        if (http.Text("path") is { Length: > 0 } path)
        {
            rewritten["path"] = path;
        }

        rewritten["port"] = port;
        rewritten["host"] = Loopback;
        rewritten["scheme"] = http.Text("scheme") is { Length: > 0 } scheme ? scheme : "HTTP";
        var headers = http.Objects("httpHeaders").Select(header => (JsonNode)new JsonObject { ["name"] = header.Text("name"), ["value"] = header.Text("value") }).ToArray();
        if (headers.Length > 0)
        {
            rewritten["httpHeaders"] = new JsonArray(headers);
        }

        return rewritten;
    }

    private static void AddTimings(JsonObject rewritten, JsonObject probe)
    {
        foreach (var name in Timings)
        {
            var seconds = probe.Number(name) ?? 0;
            if (name == "timeoutSeconds" && seconds < 1 && probe.Number("periodSeconds") > 0)
            {
                seconds = 1;
            }

            if (seconds != 0)
            {
                rewritten[name] = seconds;
            }
        }

        if (probe.Number("terminationGracePeriodSeconds") is { } grace)
        {
            rewritten["terminationGracePeriodSeconds"] = grace;
        }
    }
}
