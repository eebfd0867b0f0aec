using System.Text.Json.Nodes;
using Knative.Xds.Sandbox.Api.Json;

namespace Knative.Xds.Sandbox.Api.Writing;

/// <summary>How an object is to be deleted.</summary>
internal sealed record DeleteOptions(long? GraceSeconds, string? Propagation, string? Uid, string? ResourceVersion, bool DryRun)
{
    public const string Foreground = "Foreground";
    public const string Orphan = "Orphan";

    public static DeleteOptions Read(JsonObject? body, Func<string, string?> query, bool dryRun) => new(
        body.Number("gracePeriodSeconds") ?? (long.TryParse(query("gracePeriodSeconds"), out var grace) ? grace : null),
        body.Text("propagationPolicy") ?? query("propagationPolicy") ?? (body.IsTrue("orphanDependents") || query("orphanDependents") == "true" ? Orphan : null),
        body.Text("preconditions.uid"),
        body.Text("preconditions.resourceVersion"),
        dryRun || body.Texts("dryRun").Any());
}
