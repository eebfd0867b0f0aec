using System.Text.Json.Nodes;
using Knative.Xds.ControlPlane.Resources;
using Knative.Xds.XdsServer.Introspection;

namespace Knative.Xds.Cli.Xds;

/// <summary>A resource as an Envoy shows it.</summary>
/// <param name="Name">Its name; null where Envoy tells none.</param>
/// <param name="Version">The version that it came with; null where Envoy tells none. On a state-of-the-world stream that of the response, which says nothing about one resource.</param>
/// <param name="Content">Its message; null where Envoy does not show it as it came.</param>
internal sealed record ShownResource(string? Name, string? Version, JsonNode? Content)
{
    /// <summary>A resource that bears its name itself.</summary>
    public ShownResource(string? version, JsonNode? content)
        : this((string?)content?["name"], version, content)
    {
    }

    /// <summary>Whether the version alone leaves open if it is what it should be.</summary>
    public bool NeedsContent(ResourceEntry wanted) => Content is not null && Version != wanted.Version;

    /// <summary>Whether it is what it should be, as far as that can be told: equal versions are equal contents, different ones need not be different.</summary>
    public bool Is(ResourceEntry wanted) =>
        Version == wanted.Version || (Content is null || wanted.Content is null ? Version is null : IsSame(Content, wanted.Content));

    private static bool IsSame(JsonNode shown, JsonNode wanted) =>
        ResourceText.Normalize(shown.ToJsonString()) is { } one && ResourceText.Normalize(wanted.ToJsonString()) is { } other && JsonNode.DeepEquals(JsonNode.Parse(one), JsonNode.Parse(other));
}
