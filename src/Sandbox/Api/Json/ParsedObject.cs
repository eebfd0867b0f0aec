using System.Text.Json.Nodes;

namespace Knative.Xds.Sandbox.Api.Json;

/// <summary>An object as read from the wire, and the paths that occurred twice in it (the last one won).</summary>
internal sealed record ParsedObject(JsonObject Value, IReadOnlyList<string> DuplicateFields);
