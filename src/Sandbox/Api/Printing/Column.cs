using System.Text.Json.Nodes;

namespace Knative.Xds.Sandbox.Api.Printing;

/// <summary>A printer column; Read gets the object and the current time.</summary>
internal sealed record Column(string Name, string Type, Func<JsonObject, DateTimeOffset, JsonNode?> Read)
{
    public string Format { get; init; } = "";
    public string Description { get; init; } = "";
    /// <summary>Zero is always shown, more only with -o wide.</summary>
    public int Priority { get; init; }
}
