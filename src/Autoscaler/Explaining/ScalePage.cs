using System.Net;
using Knative.Xds.Autoscaler.Sharding;
using Knative.Xds.Core.Model;
using Knative.Xds.Hosting;

namespace Knative.Xds.Autoscaler.Explaining;

/// <summary>Answers <c>/debug/scale</c> with who decides what, and <c>/debug/scale/NAMESPACE/REVISION</c> with why a revision has its scale.</summary>
/// <remarks>Shape: JSON; another replica's revision is answered with 307 and that replica's address.</remarks>
internal sealed class ScalePage(ScaleReporter reporter, Ownership ownership, Forwarder forwarder, AutoscalerOptions options)
{
    /// <value>Path of the page.</value>
    public const string Path = "/debug/scale";

    public Task AnswerAsync(HttpContext context)
    {
        var parts = (context.Request.Path.Value ?? "")[Path.Length..].Split('/', StringSplitOptions.RemoveEmptyEntries);
        return parts switch
        {
            [] => WriteAsync(context, reporter.Report()),
            [var space, var name] => AnswerRevisionAsync(context, new ObjectKey(space, name)),
            _ => RefuseAsync(context, HttpStatusCode.NotFound, $"{Path} or {Path}/NAMESPACE/REVISION"),
        };
    }

    private async Task AnswerRevisionAsync(HttpContext context, ObjectKey key)
    {
        if (!ownership.Owns(key))
        {
            await AnswerElsewhereAsync(context, key);
            return;
        }

        await (await reporter.ReportAsync(key, context.RequestAborted) is { } report
            ? WriteAsync(context, report)
            : RefuseAsync(context, HttpStatusCode.NotFound, $"no PodAutoscaler {key} of class kpa.autoscaling.knative.dev is decided here"));
    }

    private Task AnswerElsewhereAsync(HttpContext context, ObjectKey key)
    {
        var holder = ownership.Buckets is { } buckets ? forwarder.HolderAddress(buckets.IndexOf(key)) : "";
        if (holder.Length == 0 || holder == options.PodIp)
        {
            return RefuseAsync(context, HttpStatusCode.ServiceUnavailable, $"no replica owns {key} at this moment");
        }

        var host = holder.Contains(':', StringComparison.Ordinal) ? $"[{holder}]" : holder;
        context.Response.Headers.Location = $"http://{host}:{ListenAddress.Parse(options.AdminListen).Port}{Path}/{key}";
        return RefuseAsync(context, HttpStatusCode.TemporaryRedirect, $"{key} is decided by the replica at {holder}");
    }

    private static Task WriteAsync<T>(HttpContext context, T report) => context.Response.WriteAsJsonAsync(report, ScaleJson.Options, context.RequestAborted);

    private static Task RefuseAsync(HttpContext context, HttpStatusCode status, string message)
    {
        context.Response.StatusCode = (int)status;
        return context.Response.WriteAsync(message + "\n", context.RequestAborted);
    }
}
